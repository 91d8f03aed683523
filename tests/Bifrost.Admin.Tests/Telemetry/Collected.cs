using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Bifrost.Admin.Tests.Telemetry;

/// <summary>What a collector gets of the real server: traces that hang together, metrics and logs; and nothing that is a secret or was said.</summary>
public sealed class Collected : IAsyncLifetime
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string CallersSpan = "b7ad6b7169203331";
    private const string Said = "a-prompt-that-nobody-else-may-read";
    private const string KeySecret = "sk-bf-11111111-2222-3333-4444-555555555555";

    private OtlpCollector _collector = null!;
    private AdminServer _server = null!;
    private HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        _collector = await OtlpCollector.StartAsync();
        _server = await AdminServer.StartAsync(AdminServer.Options with
        {
            Configuration = $$"""
            {
              "providers": {
                "sim": {},
                "away": { "keys": [{ "value": "the-secret-of-a-provider" }], "network_config": { "base_url": "http://127.0.0.1:9" },
                          "custom_provider_config": { "base_provider_type": "openai" } }
              },
              "pricing": { "sim/sim-echo": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 }, "away/m": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } },
              "governance": { "virtual_keys": [{ "id": "traced", "name": "traced", "value": "{{KeySecret}}", "allow_all_providers": true, "budgets": [{ "max_limit": 10, "reset_duration": "1d" }] }] },
              "observability": {
                "otlp": { "endpoint": "{{_collector.Address}}", "protocol": "http", "headers": "x-key=collectors", "interval_seconds": 3600 },
                "traces": { "ratio": 0 },
                "logs": { "access": true }
              }
            }
            """,
        });
        _http = new HttpClient { BaseAddress = _server.Address };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task The_trace_of_a_streamed_call_with_a_fallback_is_whole_down_to_the_ledgers_batch()
    {
        await CallAsync("/v1/chat/completions", $$"""{"model":"away/m","fallbacks":["sim/sim-echo"],"stream":true,"max_tokens":10,"messages":[{"role":"user","content":"{{Said}}"}]}""");
        await UntilAsync(() => Batches().Any() && HasEnded("POST /v1/chat/completions"));

        var request = Assert.Single(Spans(), static span => span.Kind == 2 && span.Name == "POST /v1/chat/completions");
        Assert.Equal((CallersSpan, "200", "sim", "sim-echo"), (request.ParentId, request.Tags["http.response.status_code"], request.Tags["gen_ai.provider.name"], request.Tags["gen_ai.request.model"]));
        var tries = Spans().Where(static span => span.Name.StartsWith("chat ", StringComparison.Ordinal)).OrderBy(static span => span.Start).ToList();
        Assert.Equal(["chat m", "chat sim-echo"], tries.Select(static span => span.Name));
        Assert.All(tries, one => Assert.Equal((request.Id, 3UL), (one.ParentId, one.Kind)));
        Assert.Equal("upstream_connect", tries[0].Tags["error.type"]);
        Assert.False(tries[1].Tags.ContainsKey("error.type"));
        Assert.Equal(("chat", "sim"), (tries[1].Tags["gen_ai.operation.name"], tries[1].Tags["gen_ai.provider.name"]));
        Assert.NotEqual("0", tries[1].Tags["gen_ai.usage.output_tokens"]);
        Assert.True(tries[0].End <= tries[1].Start && tries[1].End <= request.End, "the tries do not stand in their order");

        // Every parent is there, but the caller's own.
        Assert.All(Spans(), span => Assert.True(span.ParentId == CallersSpan || Spans().Any(other => other.Id == span.ParentId), $"{span} has no parent"));
        Assert.NotEqual(Trace, Assert.Single(Batches(), static batch => batch.Links.Any(static link => link.StartsWith(Trace, StringComparison.Ordinal))).TraceId);
    }

    [Fact]
    public async Task The_run_of_a_job_points_to_its_submission()
    {
        var submitted = await CallAsync("/v1/async/chat/completions?wait=30", $$"""{"model":"sim/sim-echo","max_tokens":10,"messages":[{"role":"user","content":"{{Said}}"}]}""");
        Assert.Contains("\"completed\"", submitted, StringComparison.Ordinal);
        await UntilAsync(() => HasEnded("POST /v1/async/chat/completions") && new[] { "job run", "chat sim-echo" }.All(
            name => _collector.Spans.Any(span => span.Name == name)));

        var submission = Assert.Single(Spans(), static span => span.Name == "POST /v1/async/chat/completions");
        var run = Assert.Single(_collector.Spans, span => span.Name == "job run" && span.Links.Contains($"{Trace}-{submission.Id}"));
        Assert.Equal(5UL, run.Kind);
        Assert.Contains(_collector.Spans, span => span.Name == "chat sim-echo" && span.TraceId == run.TraceId && span.ParentId == run.Id);
    }

    [Fact]
    public async Task A_caller_that_is_not_traced_and_one_whose_trace_is_not_sampled_make_no_spans()
    {
        await CallAsync("/v1/chat/completions", Requests.Body("sim/sim-echo", "\"max_tokens\":10"), traceparent: null);
        await CallAsync("/v1/chat/completions", Requests.Body("sim/sim-echo", "\"max_tokens\":10"), traceparent: $"00-{Trace}-{CallersSpan}-00");
        _server.Services.GetRequiredService<TracerProvider>().ForceFlush();

        Assert.Empty(Spans());
    }

    [Fact]
    public async Task Metrics_and_logs_are_pushed_and_neither_has_secrets_or_what_was_said()
    {
        await CallAsync("/v1/chat/completions", $$"""{"model":"sim/sim-echo","max_tokens":10,"messages":[{"role":"user","content":"{{Said}}"}]}""");
        await CallAsync("/v1/chat/completions", $$"""{"model":"away/m","messages":[{"role":"user","content":"{{Said}}"}]}""", status: 502);
        string[] metrics = ["gen_ai.client.operation.duration", "gen_ai.server.request.duration", "bifrost.tokens", "bifrost.invariant.violations", "dotnet.gc.collections"];
        await UntilAsync(() =>
        {
            _server.Services.GetRequiredService<MeterProvider>().ForceFlush();
            _server.Services.GetRequiredService<LoggerProvider>().ForceFlush();
            return metrics.All(_collector.MetricNames.Contains)
                && new[] { "200", "502" }.All(status => _collector.Logs.Any(log => log.Attributes.GetValueOrDefault("Status") == status));
        });

        var line = _collector.Logs.First(static log => log.Attributes.GetValueOrDefault("Route") == "/v1/chat/completions");
        Assert.Equal(("200", "traced", "sim"), (line.Attributes["Status"], line.Attributes["VirtualKeyId"], line.Attributes["Provider"]));
        Assert.Equal(("of-the-test", "of-the-test"), (line.Attributes["RequestId"], line.Attributes["bifrost.request.id"]));
        foreach (var secret in new[] { Said, KeySecret, "the-secret-of-a-provider", AdminServer.Token }) Assert.DoesNotContain(secret, _collector.Everything, StringComparison.Ordinal);
        Assert.All(_collector.Keys, static key => Assert.Equal("collectors", key));
    }

    private IReadOnlyList<OtlpSpan> Spans() => [.. _collector.Spans.Where(static span => span.TraceId == Trace)];

    /// <summary>What a request measures and says at its end comes after its answer.</summary>
    private bool HasEnded(string request) => Spans().Any(span => span.Name == request && span.Kind == 2);

    private IEnumerable<OtlpSpan> Batches() =>
        _collector.Spans.Where(static span => span.Name == "ledger batch" && span.Links.Any(static link => link.StartsWith(Trace, StringComparison.Ordinal)));

    /// <summary>Spans come when they have ended, and a batch's comes after the answer.</summary>
    private Task UntilAsync(Func<bool> isThere) => Eventually.UntilAsync(
        () =>
        {
            _server.Services.GetRequiredService<TracerProvider>().ForceFlush();
            return Task.FromResult(isThere());
        },
        "What was waited for did not come.");

    private async Task<string> CallAsync(string path, string body, string? traceparent = $"00-{Trace}-{CallersSpan}-01", int status = 200)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("Authorization", $"Bearer {KeySecret}");
        request.Headers.Add("x-request-id", "of-the-test");
        if (traceparent is not null) request.Headers.Add("traceparent", traceparent);
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(status == (int)answer.StatusCode, text);
        return text;
    }
}
