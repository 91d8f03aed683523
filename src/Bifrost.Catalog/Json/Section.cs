using System.Text.Json;
using Bifrost.Chat.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.Catalog.Json;

/// <summary>
/// One JSON object of the configuration file or of a request's body. <see cref="End"/> reports the names that no reader asked for. A reader of
/// a partial change asks <see cref="IsNamed"/> first: an absent field keeps its value, <c>null</c> clears it.
/// </summary>
public sealed class Section(string path, JsonElement element, ReadContext context) : JsonFields(path, element, context.Findings.Add)
{
    private const int CharsMax = 256;

    public ReadContext Context => context;

    public bool IsBody => context.IsBody;

    /// <summary>Names as written, for objects whose names are free. Marks them all as known.</summary>
    public IEnumerable<string> Names()
    {
        foreach (var name in Values.Keys)
        {
            Know(name);
            yield return name;
        }
    }

    /// <summary>The names with their values as they are; marks none of them as known.</summary>
    public IReadOnlyDictionary<string, JsonElement> All() => Values;

    /// <summary>Whether a value other than <c>null</c> stands here.</summary>
    public bool Has(string name) => Find(name, out _);

    /// <summary>Whether the name stands here, with <c>null</c> or a value.</summary>
    public bool IsNamed(string name)
    {
        Know(name);
        return Values.ContainsKey(name);
    }

    public void Error(string name, string message) => Report(name, message);

    public void Warn(string name, string message) => context.Findings.Warn(PathOf(name), message);

    public Section? Object(string name) => Find(name, out var value) ? new Section(PathOf(name), value, context) : null;

    /// <summary>The objects of a list; none when it is absent. <paramref name="countMax"/> bounds a body's list.</summary>
    public IReadOnlyList<Section> Objects(string name, int countMax = int.MaxValue)
    {
        if (ItemsOf(name) is not { } items) return [];
        if (!IsBody || items.Count <= countMax) return [.. items.Select(item => new Section(item.Path, item.Item, context))];
        Error(name, $"has {items.Count} entries; at most {countMax} may stand here");
        return [];
    }

    /// <summary>A string, null when absent. A body's has at most <paramref name="charsMax"/> characters and no control characters.</summary>
    public string? Text(string name, int charsMax = CharsMax)
    {
        var text = TextOf(name);
        if (text is null || !IsBody) return text;
        if (text.Length > charsMax) Error(name, $"has {text.Length} characters; at most {charsMax} may stand here");
        else if (text.AsSpan().ContainsAnyInRange('\0', '\x1F')) Error(name, "has control characters; remove them");
        else return text;
        return null;
    }

    /// <summary>A string that must be there; empty after a report when it is not. A body's is trimmed.</summary>
    public string RequiredText(string name, int charsMax = CharsMax)
    {
        var text = Text(name, charsMax);
        if (!string.IsNullOrWhiteSpace(text)) return IsBody ? text.Trim() : text;
        Error(name, "is missing or empty; it is needed here");
        return "";
    }

    /// <summary>US dollars in nano-dollars. What is not 0 and would be 0 nano-dollars is an error: it would be free, or allow nothing.</summary>
    public long? Usd(string name, decimal usdMax)
    {
        if (Number(name, 0, usdMax) is not { } usd || !Nanos.TryFromUsd(usd, out var nanos)) return null;
        if (nanos > 0 || usd == 0) return nanos;
        Error(name, $"is {usd}, less than half a nano-dollar; the smallest amount is 0.000000001 US dollars");
        return null;
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

    /// <summary>Names that say nothing about behaviour (labels, counters, what an answer showed): accepted without a word.</summary>
    public void Silent(params IEnumerable<string> names)
    {
        foreach (var name in names) Know(name);
    }

    /// <summary>Reports every name that no reader asked for.</summary>
    public void End()
    {
        foreach (var name in Unknown)
        {
            if (context.Findings.IsFull) return;
            Error(name, Known.Count == 0
                ? "is not a setting; nothing stands here"
                : $"is not a setting; {NearestName.Remedy(name, Known, $"known here: {string.Join(", ", Known.Order(StringComparer.Ordinal))}")}");
        }
    }
}
