using CsCheck;

namespace Bifrost.Chat.Tests.Json;

/// <summary>Generates JSON as nobody would write it: shuffled members, white space anywhere, names with escapes, nested leftovers.</summary>
internal static class RandomJson
{
    public static readonly Gen<string> Space = Gen.Frequency<string>((2, Gen.Const("")), (1, Gen.String[Gen.Char[" \t\n\r"], 1, 3]));

    public static readonly Gen<string> Noise = Gen.OneOf(
        "1", "null", "\"a\\\"b,}{\"", "[]", "{}", "[1,{\"x\":[]}]", "{\"usage\":{\"cost\":1},\"model\":2}", "true", "-1.5e-7", "\"é\\u00e9\"");

    /// <summary>One of these texts.</summary>
    public static Gen<string> Text(params string[] values) => Gen.OneOf(values);

    /// <summary>A member that is always there.</summary>
    public static Gen<string> Member(string name, Gen<string> value) =>
        Gen.Select(Name(name), Space, Space, value, Space, (written, before, after, text, end) => $"\"{written}\"{before}:{after}{text}{end}");

    /// <summary>A member that is there in so many of 100 objects.</summary>
    public static Gen<string> Perhaps(string name, Gen<string> value, int percent = 50) =>
        Gen.Frequency<string>((100 - percent, Gen.Const("")), (percent, Member(name, value)));

    /// <summary>Up to so many members that mean nothing to anybody.</summary>
    public static Gen<string>[] Unknown(int most) => [.. Enumerable.Range(1, most).Select(i => Perhaps($"unknown{i}", Noise))];

    /// <summary>An object of these members, in any order.</summary>
    public static Gen<string> Object(params Gen<string>[] members) => Gen.Select(
        members.ShuffleSelect(members.Length), Space, Space,
        (written, begin, between) => $"{{{begin}{string.Join($",{between}", written.Where(member => member.Length > 0))}}}");

    public static Gen<string> Array(Gen<string> item, int most = 1) => Gen.Select(
        item.Array[1, most], Space, Space, Space, Space,
        (items, begin, end, before, after) => $"[{begin}{string.Join($"{before},{after}", items)}{end}]");

    /// <summary>White space around.</summary>
    public static Gen<string> Padded(Gen<string> json) => Gen.Select(Space, json, Space, (before, text, after) => before + text + after);

    private static Gen<string> Name(string name) => Gen.Frequency<string>(
        (5, Gen.Const(name)), (1, Gen.Int[0, name.Length - 1].Select(at => $"{name[..at]}\\u{(int)name[at]:x4}{name[(at + 1)..]}")));
}
