using System.Globalization;
using System.Text.Json;

namespace Bifrost.Chat.Json;

/// <summary>
/// One JSON object that people wrote, off the hot path: it remembers which names were asked for, so that its reader can report the others and
/// nothing is silently without effect. A value of the wrong type or out of range is reported and read as absent; <c>null</c> counts as absent.
/// </summary>
public abstract class JsonFields
{
    private const int ShownCharsMax = 60;

    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Action<string, string> _report;

    /// <param name="path">JSON path of the object, as messages name it; empty for the whole document.</param>
    /// <param name="element">The object; anything else is reported.</param>
    /// <param name="report">Takes the path of a mistake, and what is wrong and what would be right.</param>
    protected JsonFields(string path, JsonElement element, Action<string, string> report)
    {
        (Path, _report) = (path, report);
        if (element.ValueKind != JsonValueKind.Object)
        {
            report(path, $"is {KindOf(element)}; an object {{…}} stands here");
            return;
        }

        foreach (var property in element.EnumerateObject())
            if (!_values.TryAdd(property.Name, property.Value)) Report(property.Name, "stands here twice; keep one");
    }

    public string Path { get; }

    protected IReadOnlyDictionary<string, JsonElement> Values => _values;

    /// <summary>Names that were asked for.</summary>
    protected IReadOnlyCollection<string> Known => _known;

    /// <summary>Names that stand here and were not asked for.</summary>
    protected IEnumerable<string> Unknown => _values.Keys.Where(name => !_known.Contains(name));

    public string PathOf(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    public bool? Flag(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Report(name, $"is {Describe(value)}; true or false stands here");
        return null;
    }

    public long? Whole(string name, long min, long max)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max) return number;
        Report(name, $"is {Describe(value)}; a whole number from {min} to {max} stands here");
        return null;
    }

    /// <summary>A number, never by way of binary floating point.</summary>
    public decimal? Number(string name, decimal min, decimal max)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number
            && decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max && !IsLost(number, value.GetRawText())) return number;
        Report(name, $"is {Describe(value)}; a number from {min} to {max} stands here");
        return null;
    }

    /// <summary>Whether a number that is read as 0 is written as another one, too small for a decimal.</summary>
    private static bool IsLost(decimal number, ReadOnlySpan<char> raw)
    {
        if (number != 0) return false;
        var exponent = raw.IndexOfAny('e', 'E');
        return (exponent < 0 ? raw : raw[..exponent]).ContainsAnyInRange('1', '9');
    }

    /// <summary>The strings of a list; null when it is absent.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        Report(name, $"is {KindOf(value)}; a list of strings [\"…\"] stands here");
        return null;
    }

    protected void Report(string name, string message) => _report(PathOf(name), message);

    /// <summary>A string as it stands; null when absent.</summary>
    protected string? TextOf(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Report(name, $"is {KindOf(value)}; a string stands here");
        return null;
    }

    /// <summary>The entries of a list with their paths; null when it is absent or no list.</summary>
    protected IReadOnlyList<(string Path, JsonElement Item)>? ItemsOf(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Array) return [.. value.EnumerateArray().Select((item, index) => ($"{PathOf(name)}[{index}]", item))];
        Report(name, $"is {KindOf(value)}; a list of objects [{{…}}] stands here");
        return null;
    }

    protected void Know(string name) => _known.Add(name);

    protected bool Find(string name, out JsonElement value)
    {
        _known.Add(name);
        return _values.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>A value of another kind than the one that is wanted, without the value: it may be a secret at the wrong place.</summary>
    private static string KindOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array when value.GetArrayLength() == 0 => "an empty list",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => value.GetRawText(),
    };

    /// <summary>A value where a number, a flag or a time is wanted.</summary>
    protected static string Describe(JsonElement value)
    {
        var raw = value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? KindOf(value) : value.GetRawText();
        return raw.Length > ShownCharsMax ? $"{raw[..(ShownCharsMax - 3)]}…" : raw;
    }
}
