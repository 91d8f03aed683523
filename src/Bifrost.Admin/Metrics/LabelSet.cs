namespace Bifrost.Admin.Metrics;

/// <summary>The labels of one series: names with values, and as they stand in the text.</summary>
internal sealed class LabelSet
{
    public static readonly LabelSet Overflow = Of([new("otel.metric.overflow", "true")]);

    private LabelSet(ImmutableArray<KeyValuePair<string, string>> pairs, int hash, string text) => (Pairs, Hash, Text) = (pairs, hash, text);

    /// <summary>As the instrument gave them, in any order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Pairs { get; }

    public int Hash { get; }

    /// <summary><c>name="value",…</c> in the order of the names, escaped; empty without labels.</summary>
    public string Text { get; }

    public static LabelSet Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var pairs = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>(tags.Length);
        foreach (var (name, value) in tags) pairs.Add(new(name, ValueOf(value)));

        // A name that comes twice would make the whole text unreadable: the last one counts, as it does for OpenTelemetry.
        var text = string.Join(',', pairs
            .Select(static pair => (Name: PrometheusNames.Label(pair.Key), pair.Value))
            .GroupBy(static label => label.Name, StringComparer.Ordinal)
            .OrderBy(static label => label.Key, StringComparer.Ordinal)
            .Select(static label => $"{label.Key}=\"{PrometheusNames.Escape(label.Last().Value)}\""));
        return new LabelSet(pairs.DrainToImmutable(), HashOf(tags), text);
    }

    /// <summary>Whatever the order of the tags.</summary>
    public static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = tags.Length;
        foreach (var (name, value) in tags) hash += HashCode.Combine(name, ValueOf(value));
        return hash;
    }

    /// <summary>Whether these tags are this set. No allocation where the values are strings.</summary>
    public bool Is(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length != Pairs.Length) return false;
        foreach (var (name, value) in tags)
            if (!Has(name, ValueOf(value))) return false;
        return true;
    }

    private bool Has(string name, string value)
    {
        foreach (var pair in Pairs)
            if (string.Equals(pair.Key, name, StringComparison.Ordinal) && string.Equals(pair.Value, value, StringComparison.Ordinal)) return true;
        return false;
    }

    private static string ValueOf(object? value) => value switch
    {
        string text => text,
        null => "",
        bool flag => flag ? "true" : "false",
        IFormattable formattable => formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
