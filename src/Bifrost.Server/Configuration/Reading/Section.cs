using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Server.Configuration.Reading;

/// <summary>One JSON object of the configuration file. <see cref="End"/> reports the names that nobody asked for.</summary>
internal sealed class Section(string path, JsonElement element, ReadContext context) : JsonFields(path, element, context.Findings.Error)
{
    public ReadContext Context => context;

    /// <summary>Names as written, for objects whose names are free. Marks them all as known.</summary>
    public IEnumerable<string> Names()
    {
        foreach (var name in Values.Keys)
        {
            Know(name);
            yield return name;
        }
    }

    /// <summary>Names as written, without marking them as known.</summary>
    public IEnumerable<string> Peek() => Values.Keys;

    public bool Has(string name) => Find(name, out _);

    public void Error(string name, string message) => Report(name, message);

    public void Warn(string name, string message) => context.Findings.Warn(PathOf(name), message);

    public Section? Object(string name) => Find(name, out var value) ? new Section(PathOf(name), value, context) : null;

    public IReadOnlyList<Section> Objects(string name) =>
        ItemsOf(name) is { } items ? [.. items.Select(item => new Section(item.Path, item.Item, context))] : [];

    public string? Text(string name) => TextOf(name);

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
        var found = context.Environment(variable);
        if (!string.IsNullOrEmpty(found)) return found;
        Error(name, $"is \"{text}\", but the environment variable {variable} is not set; set it before the start, or write the value itself");
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

    /// <summary>Names of Bifrost that nothing here uses: accepted, and warned about where they stand.</summary>
    public void Unused(params IEnumerable<string> names)
    {
        foreach (var name in names)
            if (Find(name, out _)) Warn(name, "is accepted and has no effect here");
    }

    /// <summary>Names that say nothing about behaviour (labels, counters of an export): accepted without a word.</summary>
    public void Silent(params IEnumerable<string> names)
    {
        foreach (var name in names) Know(name);
    }

    /// <summary>Reports every name that nobody asked for.</summary>
    public void End()
    {
        foreach (var name in Unknown)
        {
            var near = NearestName.To(name, Known);
            Error(name, near is null
                ? $"is not a setting; known here: {string.Join(", ", Known.Order(StringComparer.Ordinal))}"
                : $"is not a setting; did you mean {near}?");
        }
    }
}
