using System.Text;

namespace Bifrost.Chat.Tests.Json;

/// <summary>Writes JSON as nobody would: shuffled members, white space anywhere, names with escapes, nested leftovers.</summary>
internal sealed class RandomJson(int seed)
{
    private const string Spaces = " \t\n\r";
    private readonly Random _random = new(seed);

    public bool Flip() => _random.Next(2) == 0;

    public int Below(int limit) => _random.Next(limit);

    public string Pick(params string[] values) => values[_random.Next(values.Length)];

    public string Object(params (string Name, string Value)[] members)
    {
        _random.Shuffle(members);
        var text = new StringBuilder("{").Append(Space());
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0) text.Append(',').Append(Space());
            text.Append('"').Append(Name(members[i].Name)).Append('"').Append(Space()).Append(':').Append(Space());
            text.Append(members[i].Value).Append(Space());
        }

        return text.Append('}').ToString();
    }

    public string Array(params string[] items) => $"[{Space()}{string.Join($"{Space()},{Space()}", items)}{Space()}]";

    public string Noise() => Pick(
        "1", "null", "\"a\\\"b,}{\"", "[]", "{}", "[1,{\"x\":[]}]", "{\"usage\":{\"cost\":1},\"model\":2}", "true", "-1.5e-7", "\"é\\u00e9\"");

    public string Space() => Below(3) > 0 ? "" : string.Concat(Enumerable.Range(0, Below(3) + 1).Select(_ => Spaces[Below(4)]));

    private string Name(string name)
    {
        if (Below(6) > 0 || name.Length == 0) return name;
        var at = Below(name.Length);
        return $"{name[..at]}\\u{(int)name[at]:x4}{name[(at + 1)..]}";
    }
}
