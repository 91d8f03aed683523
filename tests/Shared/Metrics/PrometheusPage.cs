using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Bifrost.Testing;

/// <summary>
/// A strict reader of Prometheus' text format 0.0.4: whatever is not exactly as the format says is an error, also where a lenient server
/// would look away. Every series must name its meter in <c>otel_scope_name</c>; the labels that are shown are the series' own.
/// </summary>
internal sealed partial class PrometheusPage
{
    private readonly Dictionary<string, (string Type, string Help)> _families = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _samples = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Names => _families.Keys;

    /// <summary>Every metric as <c>name type label,label</c>, in the order of the names, a histogram's <c>le</c> left out.</summary>
    public IReadOnlyList<string> Shapes =>
        [.. _families.Keys.Order(StringComparer.Ordinal).Select(name => $"{name} {TypeOf(name)} {LabelsOf(name)}".TrimEnd())];

    public static PrometheusPage Read(string text)
    {
        var page = new PrometheusPage();
        Check(text.EndsWith('\n'), "The last line has no end.", "");
        var (name, type) = ("", (string?)null);
        foreach (var line in text[..^1].Split('\n'))
        {
            if (TypeLine().Match(line) is { Success: true } typeLine)
            {
                AddWithoutHelp();
                (name, type) = (typeLine.Groups[1].Value, typeLine.Groups[2].Value);
                Check(type != "counter" || name.EndsWith("_total", StringComparison.Ordinal), "A counter without its ending.", line);
            }
            else if (HelpLine().Match(line) is { Success: true } helpLine)
            {
                Check(helpLine.Groups[1].Value == name && type is not null, "HELP is not that of the TYPE before it.", line);
                var help = Unescape(helpLine.Groups[2].Value, quotes: false);
                Check(page._families.TryAdd(name, (type!, help)), "A metric came twice.", line);
                type = null;
            }
            else
            {
                AddWithoutHelp();
                Check(page._families.ContainsKey(name), "A sample without TYPE.", line);
                page.AddSample(line, name);
            }
        }

        foreach (var (histogram, _) in page._families.Where(family => family.Value.Type == "histogram")) page.CheckHistogram(histogram);
        return page;

        // Some of Orleans' instruments have no description.
        void AddWithoutHelp()
        {
            if (type is not null) Check(page._families.TryAdd(name, (type, "")), "A metric came twice.", name);
            type = null;
        }
    }

    public string TypeOf(string name) => _families[name].Type;

    public string HelpOf(string name) => _families[name].Help;

    /// <summary>The value of one series, its labels in the order of the page; null: it is not there.</summary>
    public double? Find(string name, params (string Name, string Value)[] labels) =>
        _samples.TryGetValue(KeyOf(name, labels), out var value) ? value : null;

    public double Value(string name, params (string Name, string Value)[] labels) =>
        Find(name, labels) ?? throw new InvalidDataException($"There is no {KeyOf(name, labels)} among {string.Join('\n', _samples.Keys)}");

    /// <summary>All series of a metric or of a part of a histogram, as <c>name{labels}</c>.</summary>
    public IReadOnlyList<string> SeriesOf(string name) =>
        [.. _samples.Keys.Where(key => key == name || key.StartsWith(name + "{", StringComparison.Ordinal))];

    public double Sum(string name) => SeriesOf(name).Sum(key => _samples[key]);

    private string LabelsOf(string family) => string.Join(',', _samples.Keys
        .Where(key => FamilyOf(key) == family)
        .SelectMany(key => LabelName().Matches(key).Select(match => match.Groups[1].Value))
        .Where(label => label != "le").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    private string FamilyOf(string key)
    {
        var name = key.Split('{')[0];
        return _families.ContainsKey(name) ? name : HistogramPart().Replace(name, "");
    }

    private void AddSample(string line, string family)
    {
        var at = 0;
        var name = NameAt(line, ref at);
        var fits = _families[family].Type == "histogram"
            ? name == family + "_bucket" || name == family + "_sum" || name == family + "_count"
            : name == family;
        Check(fits, "A sample of another metric than the one before.", line);
        var labels = LabelsAt(line, ref at);
        Check(labels.Any(label => label is { Name: "otel_scope_name", Value: not "" }), "A series without its meter.", line);
        labels = [.. labels.Where(label => label.Name != "otel_scope_name")];
        Check(at < line.Length && line[at] == ' ', "There is no blank before the value.", line);
        var number = line[(at + 1)..];
        Check(ValueText().IsMatch(number), "This is no value.", line);
        var value = number switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            _ => double.Parse(number, CultureInfo.InvariantCulture),
        };
        Check(_families[family].Type != "counter" || value >= 0, "A counter below zero.", line);
        Check(_samples.TryAdd(KeyOf(name, labels), value), "A series came twice.", line);
    }

    private static string NameAt(string line, ref int at)
    {
        var name = MetricName().Match(line, at);
        Check(name.Success && name.Index == at, "There is no name.", line);
        at += name.Length;
        return name.Value;
    }

    private static (string Name, string Value)[] LabelsAt(string line, ref int at)
    {
        var labels = new List<(string Name, string Value)>();
        if (at >= line.Length || line[at] != '{') return [];
        do
        {
            at++;
            var name = NameAt(line, ref at);
            Check(!name.Contains(':') && labels.TrueForAll(label => label.Name != name), "This label is bad or came twice.", line);
            Check(line.AsSpan(at).StartsWith("=\""), "A label without a value.", line);
            var start = at += 2;
            while (at < line.Length && line[at] != '"') at += line[at] == '\\' ? 2 : 1;
            Check(at < line.Length, "A value without an end.", line);
            labels.Add((name, Unescape(line[start..at], quotes: true)));
            at++;
        }
        while (at < line.Length && line[at] == ',');
        Check(at < line.Length && line[at] == '}', "Labels without an end.", line);
        at++;
        return [.. labels];
    }

    /// <summary>Buckets rise and hold all of the ones below; the last one is +Inf and equal to the count.</summary>
    private void CheckHistogram(string name)
    {
        foreach (var key in SeriesOf(name + "_count"))
        {
            var labels = Inner(key[(name + "_count").Length..]);
            var (bound, count) = (double.NegativeInfinity, 0.0);
            foreach (var bucket in SeriesOf(name + "_bucket").Where(one => RestOf(one) == labels))
            {
                var le = LeLabel().Match(bucket).Groups[1].Value;
                var next = le == "+Inf" ? double.PositiveInfinity : double.Parse(le, CultureInfo.InvariantCulture);
                Check(next > bound && _samples[bucket] >= count, "The buckets do not rise.", bucket);
                (bound, count) = (next, _samples[bucket]);
            }

            Check(double.IsPositiveInfinity(bound) && count == _samples[key], "The bucket of +Inf is not the count.", key);
            Check(_samples.ContainsKey(key.Replace("_count", "_sum", StringComparison.Ordinal)), "There is no sum.", key);
        }

        string RestOf(string bucket) => LeLabel().Replace(Inner(bucket[(name + "_bucket").Length..]), "").Trim(',');

        static string Inner(string labels) => labels.Length > 1 ? labels[1..^1] : "";
    }

    private static string Unescape(string text, bool quotes)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }

            Check(++i < text.Length && (text[i] is '\\' or 'n' || (quotes && text[i] == '"')), "A backslash before nothing that it may stand before.", text);
            plain.Append(text[i] == 'n' ? '\n' : text[i]);
        }

        return plain.ToString();
    }

    private static string KeyOf(string name, (string Name, string Value)[] labels) =>
        labels.Length == 0 ? name : $"{name}{{{string.Join(',', labels.Select(label => $"{label.Name}={label.Value}"))}}}";

    private static void Check(bool holds, string what, string line)
    {
        if (!holds) throw new InvalidDataException($"{what} {line}");
    }

    [GeneratedRegex("^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$")]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^([+-]Inf|NaN|-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)$")]
    private static partial Regex ValueText();

    [GeneratedRegex("[{,]([a-zA-Z_][a-zA-Z0-9_]*)=")]
    private static partial Regex LabelName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();

    [GeneratedRegex("le=([^,}]+)")]
    private static partial Regex LeLabel();
}
