using System.Buffers;
using System.Globalization;
using System.Text;

namespace Bifrost.Admin.Metrics;

/// <summary>Lines of Prometheus' text format 0.0.4.</summary>
internal readonly struct PrometheusWriter(IBufferWriter<byte> to)
{
    /// <summary>HELP and TYPE, once before the samples of a metric.</summary>
    public void Head(string name, string help, string type)
    {
        Line($"# HELP {name} {PrometheusNames.EscapeHelp(help)}\n");
        Line($"# TYPE {name} {type}\n");
    }

    public void Sample(string name, string labels, double value) =>
        Line(labels.Length == 0 ? $"{name} {Text(value)}\n" : $"{name}{{{labels}}} {Text(value)}\n");

    public static string Text(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private void Line(string line) => Encoding.UTF8.GetBytes(line, to);
}
