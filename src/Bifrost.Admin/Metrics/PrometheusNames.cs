namespace Bifrost.Admin.Metrics;

/// <summary>Names and texts of OpenTelemetry as Prometheus has them.</summary>
internal static class PrometheusNames
{
    /// <summary><c>bifrost.job.run.duration</c> in <c>s</c> is <c>bifrost_job_run_duration_seconds</c>; counters end in <c>_total</c>.</summary>
    public static string Metric(string name, string? unit, bool isCounter)
    {
        var text = Clean(name, colons: true);
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",

            // 1 and annotations such as {job} say nothing that the name does not.
            _ => "",
        };
        if (!text.EndsWith(suffix, StringComparison.Ordinal)) text += suffix;
        return isCounter && !text.EndsWith("_total", StringComparison.Ordinal) ? text + "_total" : text;
    }

    public static string Label(string name) => Clean(name, colons: false);

    /// <summary>The value of a label.</summary>
    public static string Escape(string value) => value.AsSpan().ContainsAny('\\', '"', '\n')
        ? value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)
        : value;

    /// <summary>The text of a HELP line, where quotes stand as they are.</summary>
    public static string EscapeHelp(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Clean(string name, bool colons)
    {
        var clean = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' || (colons && c == ':') ? c : '_'));
        return clean.Length == 0 || char.IsAsciiDigit(clean[0]) ? "_" + clean : clean;
    }
}
