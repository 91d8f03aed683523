using System.Text;
using CsCheck;

namespace Bifrost.Testing;

/// <summary>Request bodies that were damaged in one to three places. They shrink to fewer and simpler damages of the first body.</summary>
internal static class BrokenBodies
{
    private static readonly string[] s_pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\u0000", "\\ud800", "null", "true", "1e999", "-", "0.1.2", "NaN", "\0", "\uFEFF", "{}", "[]", "\"model\":1,",
        "\"n\":-1,", "{\"a\":", "[[[[[[[[", "//", "/*", "\u017F",
    ];

    private static readonly Gen<Damage> s_damage = Gen.Select(
        Gen.Int[0, 8], Gen.Int[0, 10_000], Gen.Int[0, 300], Gen.Byte, (kind, at, size, value) => new Damage(kind, at, size, value));

    public static Gen<byte[]> Of(params string[] valid) => Gen.Select(
        Gen.OneOf(valid), s_damage.Array[1, 3], (body, damages) => damages.Aggregate(Encoding.UTF8.GetBytes(body).ToList(), Apply).ToArray());

    private static List<byte> Apply(List<byte> body, Damage damage)
    {
        if (body.Count == 0) return body;
        var at = damage.At % body.Count;
        switch (damage.Kind)
        {
            case 0: body[at] = damage.Value; break;
            case 1: body.RemoveAt(at); break;
            case 2: body.Insert(at, damage.Value); break;
            case 3: body.RemoveRange(at, body.Count - at); break;
            case 4: body.InsertRange(at, Encoding.UTF8.GetBytes(s_pieces[damage.Size % s_pieces.Length])); break;
            case 5: body.InsertRange(at, body.GetRange(0, damage.Size % body.Count)); break;
            case 6: body.RemoveRange(at, damage.Size % (body.Count - at)); break;
            case 7: body.AddRange(body.GetRange(at, Math.Min(30, body.Count - at))); break;
            default: body.InsertRange(at, Enumerable.Repeat((byte)'[', damage.Size)); break;
        }

        return body;
    }

    /// <summary>One damage; the numbers are taken modulo what there is.</summary>
    private readonly record struct Damage(int Kind, int At, int Size, byte Value);
}
