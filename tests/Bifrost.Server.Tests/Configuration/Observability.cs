using System.Text;
using Bifrost.Server.Configuration;

namespace Bifrost.Server.Tests.Configuration;

/// <summary>The section <c>observability</c>.</summary>
public sealed class Observability
{
    [Fact]
    public void Is_silent_to_the_outside_unless_it_is_set()
    {
        var settings = Read("").Settings!;
        Assert.Equal((null, null), (settings.Otlp, settings.Traces));
        Assert.Equal(new MetricSettings { HasFrameworks = true }, settings.Metrics);
        Assert.Equal(new LogSettings(), settings.Logs);
    }

    [Fact]
    public void Is_read_with_its_secret_from_the_environment()
    {
        var settings = Read("""
            ,"observability": {
              "otlp": { "endpoint": "https://collector:4318", "protocol": "http", "headers": "env.OTLP", "interval_seconds": 10, "logs": false },
              "metrics": { "bifrost_names": true, "unlisted_models": 5, "budgets": 7, "frameworks": false },
              "traces": { "ratio": 0.25, "follow_caller": false },
              "logs": { "format": "json", "access": true }
            }
            """).Settings!;
        Assert.Equal(
            new OtlpSettings { Endpoint = new Uri("https://collector:4318"), IsHttp = true, Headers = "a=b", IntervalSeconds = 10, HasLogs = false }, settings.Otlp);
        Assert.DoesNotContain("a=b", settings.Otlp!.ToString(), StringComparison.Ordinal);
        Assert.Equal(new MetricSettings { HasBifrostNames = true, UnlistedModelsMax = 5, BudgetsMax = 7, HasFrameworks = false }, settings.Metrics);
        Assert.Equal(new TraceSettings { Ratio = 0.25, FollowsCaller = false }, settings.Traces);
        Assert.Equal(new LogSettings { IsJson = true, HasAccessLines = true }, settings.Logs);
    }

    [Theory]
    [InlineData("""{ "otlp": { "endpoint": "collector:4317" } }""", "observability.otlp.endpoint: is no http or https URL")]
    [InlineData("""{ "otlp": {} }""", "observability.otlp.endpoint: is missing")]
    [InlineData("""{ "otlp": { "endpoint": "http://me:pass@host" } }""", "has a user or a password in it")]
    [InlineData("""{ "otlp": { "endpoint": "http://host", "protocol": "udp" } }""", "grpc or http stands here")]
    [InlineData("""{ "otlp": { "endpoint": "http://host", "headers": "nonsense" } }""", "is no list of NAME=VALUE")]
    [InlineData("""{ "traces": { "ratio": 0.1 } }""", "nobody takes traces")]
    [InlineData("""{ "otlp": { "endpoint": "http://host" }, "traces": { "ratio": 2 } }""", "observability.traces.ratio")]
    [InlineData("""{ "logs": { "format": "xml" } }""", "text or json stands here")]
    [InlineData("""{ "metrics": { "unlisted_models": -1 } }""", "observability.metrics.unlisted_models")]
    [InlineData("""{ "spans": true }""", "observability.spans")]
    public void Says_what_is_wrong_and_what_would_be_right(string section, string said) =>
        Assert.Contains(Read($$""","observability": {{section}}""").Errors, error => error.Contains(said, StringComparison.Ordinal));

    private static (ObservabilitySettings? Settings, IReadOnlyList<string> Errors) Read(string more)
    {
        var json = $$"""{"providers": {"openai": {"keys": [{"value": "k"}] } } {{more}} }""";
        var (read, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), static name => name == "OTLP" ? "a=b" : null);
        return (read?.Observability, errors);
    }
}
