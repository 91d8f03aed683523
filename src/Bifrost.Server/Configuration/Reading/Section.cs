using System.Globalization;
using System.Text.Json;

namespace Bifrost.Server.Configuration.Reading;

/// <summary>
/// One JSON object of the configuration file. It remembers which names were asked for; <see cref="End"/> reports the others.
/// A value of the wrong type or out of range is reported and read as absent; <c>null</c> counts as absent.
/// </summary>
internal sealed class Section
{
    private readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly ReadContext _context;

    public Section(string path, JsonElement element, ReadContext context)
    {
        (Path, _context) = (path, context);
        if (element.ValueKind != JsonValueKind.Object)
        {
            context.Findings.Error(path, $"is {Describe(element)}; an object {{…}} stands here");
            return;
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!_values.TryAdd(property.Name, property.Value)) Error(property.Name, "stands here twice; keep one");
        }
    }

    /// <summary>JSON path of the object, as messages name it; empty for the whole file.</summary>
    public string Path { get; }

    public ReadContext Context => _context;

    /// <summary>Names as written, for objects whose names are free. Marks them all as known.</summary>
    public IEnumerable<string> Names()
    {
        foreach (var name in _values.Keys)
        {
            _known.Add(name);
            yield return name;
        }
    }

    /// <summary>Names as written, without marking them as known.</summary>
    public IEnumerable<string> Peek() => _values.Keys;

    public bool Has(string name) => Find(name, out _);

    public string PathOf(string name) => Path.Length == 0 ? name : $"{Path}.{name}";

    public void Error(string name, string message) => _context.Findings.Error(PathOf(name), message);

    public void Warn(string name, string message) => _context.Findings.Warn(PathOf(name), message);

    public Section? Object(string name) => Find(name, out var value) ? new Section(PathOf(name), value, _context) : null;

    public IReadOnlyList<Section> Objects(string name)
    {
        if (!Find(name, out var value)) return [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            Error(name, $"is {Describe(value)}; a list of objects [{{…}}] stands here");
            return [];
        }

        var list = new List<Section>();
        foreach (var item in value.EnumerateArray()) list.Add(new Section($"{PathOf(name)}[{list.Count}]", item, _context));
        return list;
    }

    public string? Text(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String) return value.GetString();
        Error(name, $"is {Describe(value)}; a string stands here");
        return null;
    }

    /// <summary>A string that must be there; empty after a report when it is not.</summary>
    public string RequiredText(string name)
    {
        var text = Text(name);
        if (!string.IsNullOrWhiteSpace(text)) return text;
        Error(name, "is missing or empty; it is needed here");
        return "";
    }

    /// <summary>A string or a number as text: Bifrost writes some ids as numbers.</summary>
    public string? Id(string name) =>
        Find(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(name);

    /// <summary>A string in which <c>env.NAME</c> stands for an environment variable.</summary>
    public string? Secret(string name)
    {
        var text = Text(name);
        if (text is null || !text.StartsWith("env.", StringComparison.Ordinal)) return text;
        var variable = text[4..];
        var found = _context.Environment(variable);
        if (!string.IsNullOrEmpty(found)) return found;
        Error(name, $"is \"{text}\", but the environment variable {variable} is not set; set it before the start, or write the value itself");
        return null;
    }

    public bool? Flag(string name)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Error(name, $"is {Describe(value)}; true or false stands here");
        return null;
    }

    public long? Whole(string name, long min, long max)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= min && number <= max) return number;
        Error(name, $"is {Describe(value)}; a whole number from {min} to {max} stands here");
        return null;
    }

    public decimal? Number(string name, decimal min, decimal max)
    {
        if (!Find(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number
            && decimal.TryParse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max) return number;
        Error(name, $"is {Describe(value)}; a number from {min} to {max} stands here");
        return null;
    }

    /// <summary>Milliseconds: a whole number of them, or a string such as <c>500ms</c>, <c>2s</c>, <c>1m30s</c>.</summary>
    public int? Milliseconds(string name, int min, int max)
    {
        if (!Find(name, out var value)) return null;
        long ms = -1;
        var read = value.ValueKind == JsonValueKind.Number ? value.TryGetInt64(out ms)
            : value.ValueKind == JsonValueKind.String && GoDuration.TryParseMs(value.GetString()!, out ms);
        if (read && ms >= min && ms <= max) return (int)ms;
        Error(name, $"is {Describe(value)}; milliseconds from {min} to {max} stand here, as a number or as \"500ms\", \"2s\"");
        return null;
    }

    public IReadOnlyList<string>? Texts(string name)
    {
        if (!Find(name, out var value)) return null;
        var list = new List<string>();
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in value.EnumerateArray())
                if (item.ValueKind == JsonValueKind.String) list.Add(item.GetString()!);
            if (list.Count == value.GetArrayLength()) return list;
        }

        Error(name, $"is {Describe(value)}; a list of strings [\"…\"] stands here");
        return null;
    }

    /// <summary>Names of Bifrost that nothing here uses: accepted, and warned about where they stand.</summary>
    public void Unused(params IEnumerable<string> names)
    {
        foreach (var name in names)
            if (Find(name, out _)) Warn(name, "is accepted and has no effect here");
    }

    /// <summary>Names that say nothing about behaviour (labels, counters of an export): accepted without a word.</summary>
    public void Silent(params IEnumerable<string> names)
    {
        foreach (var name in names) _known.Add(name);
    }

    /// <summary>Reports every name that nobody asked for.</summary>
    public void End()
    {
        foreach (var name in _values.Keys)
        {
            if (_known.Contains(name)) continue;
            var near = NearestName.To(name, _known);
            Error(name, near is null
                ? $"is not a setting; known here: {string.Join(", ", _known.Order(StringComparer.Ordinal))}"
                : $"is not a setting; did you mean {near}?");
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
