namespace Bifrost.Admin.Tests.Operations;

/// <summary>What a scraper sees of the series, whichever format it asks for: names, types, own labels, how many, and whose.</summary>
public sealed class ScrapedSeries : IAsyncLifetime
{
    /// <summary>What Prometheus 3 sends.</summary>
    private const string Accept =
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,"
        + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    /// <summary>As docs/operations.md lists them: scrapers' queries and alerts are written against these.</summary>
    private static readonly string[] s_shapes =
    [
        "bifrost_admissions_total counter",
        "bifrost_build_info gauge version",
        "bifrost_call_overhead_seconds histogram gen_ai_provider_name,gen_ai_request_model",
        "bifrost_calls_cut_short_total counter rule",
        "bifrost_calls_open gauge",
        "bifrost_connections gauge",
        "bifrost_cost_nanos_total counter gen_ai_provider_name,gen_ai_request_model",
        "bifrost_fallbacks_total counter gen_ai_provider_name,gen_ai_request_model",
        "bifrost_invariant_violations_total counter invariant",
        "bifrost_jobs_backlog_age_seconds gauge",
        "bifrost_jobs_backlog_failures_total counter",
        "bifrost_jobs_backlog_keys_unread gauge",
        "bifrost_jobs_ended_total counter state",
        "bifrost_jobs_given_back_total counter reason",
        "bifrost_jobs_keys gauge partition",
        "bifrost_jobs_long_polls gauge",
        "bifrost_jobs_oldest_age_seconds gauge partition",
        "bifrost_jobs_open_bytes gauge partition",
        "bifrost_jobs_pending gauge partition",
        "bifrost_jobs_processing gauge partition",
        "bifrost_jobs_refused_total counter error_type",
        "bifrost_jobs_repeated_total counter",
        "bifrost_jobs_retried_total counter",
        "bifrost_jobs_run_duration_seconds histogram outcome",
        "bifrost_jobs_running gauge",
        "bifrost_jobs_started_total counter",
        "bifrost_jobs_submitted_total counter",
        "bifrost_jobs_swept_total counter kind",
        "bifrost_jobs_wait_duration_seconds histogram",
        "bifrost_ledger_admits gauge",
        "bifrost_ledger_batch_failures_total counter",
        "bifrost_ledger_batch_lag_seconds gauge",
        "bifrost_ledger_batches_total counter",
        "bifrost_ledger_chains gauge",
        "bifrost_ledger_holders_lost_total counter",
        "bifrost_ledger_holds gauge",
        "bifrost_ledger_leases gauge",
        "bifrost_ledger_unposted_entries gauge",
        "bifrost_ledger_waiters gauge",
        "bifrost_limits_reached_total counter limit",
        "bifrost_models_folded_total counter",
        "bifrost_provider_calls_running gauge gen_ai_provider_name",
        "bifrost_provider_calls_waiting gauge gen_ai_provider_name",
        "bifrost_provider_circuit_open gauge gen_ai_provider_name,key",
        "bifrost_refusals_total counter level,reason",
        "bifrost_retries_total counter gen_ai_provider_name,gen_ai_request_model",
        "bifrost_settlement_duration_seconds histogram",
        "bifrost_store_clock_skew_seconds gauge",
        "bifrost_store_latency_seconds gauge",
        "bifrost_store_reachable gauge",
        "bifrost_streams_open gauge",
        "bifrost_tokens_total counter gen_ai_provider_name,gen_ai_request_model,kind",
        "bifrost_usage_implausible_total counter kind",
        "bifrost_webhooks_deliveries_total counter outcome",
        "gen_ai_client_operation_duration_seconds histogram gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model",
        "gen_ai_client_token_usage histogram gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model,gen_ai_token_type",
        "gen_ai_server_request_duration_seconds histogram gen_ai_operation_name,gen_ai_provider_name,gen_ai_request_model",
        "http_server_active_requests gauge",
        "http_server_request_duration_seconds histogram http_request_method,http_response_status_code,http_route",
        "process_start_time_seconds gauge",
    ];

    private GatedUpstream _upstream = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await GatedUpstream.StartAsync();
        _upstream.Open();
    }

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task Have_the_names_types_and_labels_that_the_documentation_lists()
    {
        await using var server = await StartAsync();
        Assert.Equal(400, (await server.TrySubmitAsync(("x-bf-async-webhook", "nobody"))).Status);
        var page = await AfterOneRunAsync(server);
        Assert.Equal(s_shapes, page.Shapes.Where(static shape => !IsOfFrameworks(shape)));
        Assert.Contains(page.Shapes, static shape => shape.StartsWith("dotnet_gc_collections_total", StringComparison.Ordinal));
        Assert.Contains(page.Shapes, static shape => shape.StartsWith("orleans_", StringComparison.Ordinal));
        Assert.Equal(
            ["0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "300", "900", "3600", "14400", "86400", "+Inf"],
            page.SeriesOf("bifrost_jobs_wait_duration_seconds_bucket").Select(key => key.Split("le=")[1].TrimEnd('}')));
    }

    [Fact]
    public async Task Keep_their_names_in_the_format_that_prometheus_asks_for()
    {
        await using var server = await StartAsync();
        await AfterOneRunAsync(server);
        var text = await server.SendAsync(HttpMethod.Get, "/metrics", AdminServer.Token, null);
        var open = await server.SendAsync(HttpMethod.Get, "/metrics", AdminServer.Token, null, ("Accept", Accept));
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores", open.Headers["Content-Type"]);
        Assert.EndsWith("# EOF\n", open.Body, StringComparison.Ordinal);
        Assert.Equal(NamesOf(text.Body), NamesOf(open.Body).Where(name => !name.EndsWith("_created", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Are_those_of_one_server_where_two_run_in_a_process()
    {
        await using var one = await StartAsync();
        await using var other = await StartAsync();
        Assert.Equal(1, (await AfterOneRunAsync(one)).Value("bifrost_jobs_submitted_total"));
        Assert.Equal(0, (await other.MetricsAsync()).Value("bifrost_jobs_submitted_total"));
    }

    [Fact]
    public async Task Beyond_the_limit_of_a_metric_go_to_its_overflow_series()
    {
        await using var server = await StartAsync(""","limits": { "metric_series": 10 }""");
        var page = await server.MetricsAsync();
        var series = page.SeriesOf("bifrost_jobs_pending");
        Assert.Equal(11, series.Count);
        Assert.Contains("bifrost_jobs_pending{otel_metric_overflow=true}", series);
    }

    private static bool IsOfFrameworks(string shape) =>
        shape.StartsWith("dotnet_", StringComparison.Ordinal) || shape.StartsWith("orleans_", StringComparison.Ordinal);

    private static IEnumerable<string> NamesOf(string page) => page.Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('{')[0])
        .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static async Task<PrometheusPage> AfterOneRunAsync(JobServer server)
    {
        await server.SubmitAsync();
        PrometheusPage? page = null;
        await Eventually.UntilAsync(
            async () => (page = await server.MetricsAsync()).Sum("bifrost_jobs_run_duration_seconds_count") == 1, "The run did not end.");
        return page!;
    }

    private Task<JobServer> StartAsync(string more = "") =>
        JobServer.StartAsync(JobServer.Configuration(_upstream.Address, more), JobServer.NewStore());
}
