using System.Globalization;
using System.Text.Json;

namespace Bifrost.Gateway.Admin.Reading;

/// <summary>
/// One JSON object of a body. It remembers which names were asked for; <see cref="End"/> reports the others, so that nothing that a
/// caller sends is silently without effect. A partial change asks <see cref="Has"/> first: what is absent stays as it is.
/// </summary>
internal sealed class Fields
{
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly Findings _findings;

    public Fields(JsonElement element, string path, Findings findings)
    {
        (_path, _findings) = (path, findings);
        if (element.ValueKind != JsonValueKind.Object)
        {
            findings.Add(path, $"is {Describe(element)}; an object {{…}} stands here");
            return;
        }

        foreach (var property in element.EnumerateObject())
            if (!_values.TryAdd(property.Name, property.Value)) Wrong(property.Name, "stands here twice; keep one");
    }

    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    public void Wrong(string name, string message) => _findings.Add(PathOf(name), message);

    /// <summary>Whether the name stands here, with <c>null</c> or a value.</summary>
    public bool Has(string name)
    {
        _known.Add(name);
        return _values.ContainsKey(name);
    }

    /// <summary>Whether a value other than <c>null</c> stands here.</summary>
    public bool HasValue(string name) => Find(name, out _);

    /// <summary>A string of at most <paramref name="charsMax"/> characters; null when absent.</summary>
    public string? Text(string name, int charsMax = 256)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Wrong(name, $"is {Describe(value)}; a string stands here");
            return null;
        }

        var text = value.GetString()!;
        if (text.Length > charsMax) Wrong(name, $"has {text.Length} characters; at most {charsMax} may stand here");
        else if (text.AsSpan().ContainsAnyInRange('\0', '\x1F')) Wrong(name, "has control characters; remove them");
        else return text;
        return null;
    }

    /// <summary>A string that is not empty; null after a report.</summary>
    public string? RequiredText(string name, int charsMax = 256)
    {
        var text = Text(name, charsMax)?.Trim();
        if (!string.IsNullOrEmpty(text)) return text;
        Wrong(name, "is missing or empty; it is needed");
        return null;
    }

    public bool? Flag(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Wrong(name, $"is {Describe(value)}; true or false stands here");
        return null;
    }

    public long? Whole(string name, long min, long max)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max) return number;
        Wrong(name, $"is {Describe(value)}; a whole number from {min} to {max} stands here");
        return null;
    }

    /// <summary>A number, never by way of binary floating point.</summary>
    public decimal? Number(string name, decimal min, decimal max)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number
            && decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max) return number;
        Wrong(name, $"is {Describe(value)}; a number from {min} to {max} stands here");
        return null;
    }

    public Fields? Object(string name) => Find(name, out var value) ? new Fields(value, PathOf(name), _findings) : null;

    /// <summary>The objects of a list; null when it is absent.</summary>
    public IReadOnlyList<Fields>? Objects(string name, int countMax)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind != JsonValueKind.Array)
        {
            Wrong(name, $"is {Describe(value)}; a list of objects [{{…}}] stands here");
            return null;
        }

        if (value.GetArrayLength() > countMax)
        {
            Wrong(name, $"has {value.GetArrayLength()} entries; at most {countMax} may stand here");
            return null;
        }

        return [.. value.EnumerateArray().Select((item, index) => new Fields(item, $"{PathOf(name)}[{index}]", _findings))];
    }

    /// <summary>The strings of a list; null when it is absent.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        Wrong(name, $"is {Describe(value)}; a list of strings [\"…\"] stands here");
        return null;
    }

    /// <summary>The names with their values as they are, for objects whose names are free.</summary>
    public IReadOnlyDictionary<string, JsonElement> All() => _values;

    /// <summary>Names that clients send back as they read them, and that say nothing here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) _known.Add(name);
    }

    /// <summary>Reports the first name that nobody asked for.</summary>
    public void End()
    {
        foreach (var name in _values.Keys)
        {
            if (_known.Contains(name)) continue;
            Wrong(name, $"is not a field here; known are {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
            return;
        }
    }

    private bool Find(string name, out JsonElement value)
    {
        _known.Add(name);
        return _values.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    private static string Describe(JsonElement value)
    {
        var raw = value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array when value.GetArrayLength() == 0 => "an empty list",
            JsonValueKind.Array => "a list",
            _ => value.GetRawText(),
        };
        return raw.Length > 60 ? $"{raw[..57]}…" : raw;
    }
}
