using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Admin.Reading;

/// <summary>
/// One JSON object of a body. <see cref="End"/> reports a name that nobody asked for. A partial change asks <see cref="Has"/> first: what is
/// absent stays as it is.
/// </summary>
internal sealed class Fields(JsonElement element, string path, Findings findings) : JsonFields(path, element, findings.Add)
{
    public void Wrong(string name, string message) => Report(name, message);

    /// <summary>Whether the name stands here, with <c>null</c> or a value.</summary>
    public bool Has(string name)
    {
        Know(name);
        return Values.ContainsKey(name);
    }

    /// <summary>Whether a value other than <c>null</c> stands here.</summary>
    public bool HasValue(string name) => Find(name, out _);

    /// <summary>A string of at most <paramref name="charsMax"/> characters; null when absent.</summary>
    public string? Text(string name, int charsMax = 256)
    {
        var text = TextOf(name);
        if (text is null) return null;
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

    public Fields? Object(string name) => Find(name, out var value) ? new Fields(value, PathOf(name), findings) : null;

    /// <summary>The objects of a list; null when it is absent.</summary>
    public IReadOnlyList<Fields>? Objects(string name, int countMax)
    {
        if (ItemsOf(name) is not { } items) return null;
        if (items.Count <= countMax) return [.. items.Select(item => new Fields(item.Item, item.Path, findings))];
        Wrong(name, $"has {items.Count} entries; at most {countMax} may stand here");
        return null;
    }

    /// <summary>The names with their values as they are, for objects whose names are free.</summary>
    public IReadOnlyDictionary<string, JsonElement> All() => Values;

    /// <summary>Names that clients send back as they read them, and that say nothing here.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) Know(name);
    }

    /// <summary>Reports the first name that nobody asked for.</summary>
    public void End()
    {
        if (Unknown.FirstOrDefault() is { } name) Wrong(name, $"is not a field here; known are {string.Join(", ", Known.Order(StringComparer.Ordinal))}");
    }
}
