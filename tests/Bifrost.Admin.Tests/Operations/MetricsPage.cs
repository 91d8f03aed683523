using Bifrost.Jobs.Rules;

namespace Bifrost.Admin.Tests.Operations;

/// <summary><c>/metrics</c> of the real server: who may read it, and that what happened to jobs stands there.</summary>
public sealed class MetricsPage : IAsyncLifetime
{
    private GatedUpstream _upstream = null!;

    public async ValueTask InitializeAsync() => _upstream = await GatedUpstream.StartAsync();

    public ValueTask DisposeAsync() => _upstream.DisposeAsync();

    [Fact]
    public async Task What_became_of_jobs_is_seen_in_the_figures()
    {
        await using var receiver = await WebhookReceiver.StartAsync(503);
        await using var server = await StartAsync(receiver.Address);

        // One runs, one waits for its credit, one has its client waiting for it.
        var running = await server.SubmitAsync(JobServer.TightKey, headers: ("x-bf-async-webhook", "mine"));
        await _upstream.CallsAsync(1).InTimeAsync();
        var waiting = await server.SubmitAsync(JobServer.TightKey);
        await UntilAsync(server, page => GivenBack(page, "wait") >= 1, "The second job did not wait for its credit.");
        var poll = server.PollAsync(running, JobServer.TightKey, waitSeconds: 3_600);

        // Now and then the second one is tried again, and back.
        var page = await UntilAsync(
            server,
            now => now.Value("bifrost_jobs_long_polls") == 1 && now.Find("bifrost_jobs_pending", Partition("tight")) == 1
                && now.Value("bifrost_jobs_running") == 1 && now.Sum("bifrost_jobs_processing") == 1,
            "The poll, the running or the waiting job is not seen.");
        Assert.Equal((2.0, 1.0), (page.Value("bifrost_jobs_submitted_total"), page.Value("bifrost_jobs_keys", Partition("tight"))));
        Assert.InRange(page.Value("bifrost_jobs_oldest_age_seconds", Partition("tight")), double.Epsilon, Eventually.Limit.TotalSeconds);
        Assert.Equal(32, page.SeriesOf("bifrost_jobs_pending").Count);

        _upstream.Open();
        Assert.Equal(200, (await poll).Status);
        await server.EndedAsync(waiting, JobServer.TightKey);
        Assert.Equal("failed", (await server.EndedAsync(await server.SubmitAsync(JobServer.PoorKey), JobServer.PoorKey)).GetProperty("status").GetString());
        page = await UntilAsync(
            server,
            done => Delivered(done, "delivered") == 1 && done.Sum("bifrost_jobs_run_duration_seconds_count") == done.Value("bifrost_jobs_started_total"),
            "The webhook or the end of a run was not counted.");
        Assert.Equal((2.0, 1.0, 0.0), (Ended(page, "completed"), Ended(page, "failed"), Ended(page, "cancelled")));
        Assert.Equal((1.0, 0.0), (Delivered(page, "retried"), Delivered(page, "given_up")));
        Assert.Equal((0.0, 0.0), (page.Value("bifrost_jobs_running"), page.Value("bifrost_jobs_long_polls")));
        Assert.Equal(3.0, page.Value("bifrost_jobs_wait_duration_seconds_count"));
        Assert.Equal(2.0, page.Value("bifrost_jobs_run_duration_seconds_count", ("outcome", "completed")));
        Assert.Equal(1.0, page.Value("bifrost_jobs_run_duration_seconds_count", ("outcome", "failed")));
        Assert.Equal(GivenBack(page, "wait"), page.Value("bifrost_jobs_run_duration_seconds_count", ("outcome", "wait")));
        Assert.Equal(3 + GivenBack(page, "wait"), page.Value("bifrost_jobs_started_total"));
    }

    [Fact]
    public async Task A_cancelled_job_a_repetition_and_refusals_are_counted()
    {
        await using var server = await StartAsync();
        var id = await server.SubmitAsync(headers: ("Idempotency-Key", "once"));
        await _upstream.CallsAsync(1).InTimeAsync();
        Assert.Equal(id, await server.SubmitAsync(headers: ("Idempotency-Key", "once")));
        Assert.Equal(400, (await server.TrySubmitAsync(("x-bf-async-webhook", "nobody"))).Status);
        Assert.Equal(401, (await server.SendAsync(HttpMethod.Post, "/v1/async/chat/completions", "no-key-of-ours", Requests.Body("up/m"))).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, "/v1/chat/completions", JobServer.Key, Requests.Body("up/m"), ("x-bf-async", "maybe"))).Status);
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await server.CancelAsync(id)).Status);
        await server.EndedAsync(id);
        var page = await UntilAsync(
            server, done => done.Find("bifrost_jobs_run_duration_seconds_count", ("outcome", "cancelled")) == 1, "The run did not end.");
        Assert.Equal((1.0, 1.0), (page.Value("bifrost_jobs_submitted_total"), page.Value("bifrost_jobs_repeated_total")));
        Assert.Equal((1.0, 1.0), (Ended(page, "cancelled"), page.Sum("bifrost_jobs_ended_total")));

        // Who is nobody here is not counted.
        Assert.Equal("bifrost_jobs_refused_total{error_type=invalid_request_error}", Assert.Single(page.SeriesOf("bifrost_jobs_refused_total")));
        Assert.Equal(2, page.Sum("bifrost_jobs_refused_total"));
        _upstream.Open();
    }

    [Fact]
    public async Task Only_admin_and_viewer_tokens_open_the_page()
    {
        await using var server = await AdminServer.StartAsync();
        var viewer = (await server.MakeAsync("/api/admin-tokens", "admin_token", """{"name":"scraper","role":"viewer"}""")).GetProperty("value").GetString();
        var key = (await server.MakeKeyAsync("metrics-key")).GetProperty("value").GetString();
        foreach (var token in new[] { AdminServer.Token, viewer })
        {
            var answer = await server.GetAsync("/metrics", token);
            Assert.Equal((200, "text/plain; version=0.0.4; charset=utf-8"), (answer.Status, answer.Headers["Content-Type"]));
            Assert.Equal("no-store", answer.Headers["Cache-Control"]);
            PrometheusPage.Read(answer.Body);
        }

        (await server.GetAsync("/metrics", key)).IsError(403, "access_blocked");
        (await server.GetAsync("/metrics", "wrong")).IsError(401, "invalid_credentials");
        (await server.GetAsync("/metrics", null)).IsError(401, "invalid_credentials");
        (await server.PostAsync("/metrics")).IsError(405, "method_not_allowed");
        Assert.Equal(404, (await server.GetAsync("/metrics/more")).Status);
    }

    [Fact]
    public async Task Every_metric_says_what_it_is_and_the_process_tells_of_itself()
    {
        await using var server = await StartAsync();
        var page = await UntilAsync(server, now => now.Value("bifrost_ledger_admits") == 1, "Nobody is admitted.");
        Assert.All(page.Names.Where(static name => !name.StartsWith("orleans_", StringComparison.Ordinal)), name => Assert.NotEqual("", page.HelpOf(name)));
        Assert.Equal(1, page.Value("bifrost_store_reachable"));
        Assert.True(page.Value("bifrost_ledger_batches_total") >= 0);
        Assert.Equal(0, page.Value("bifrost_ledger_unposted_entries"));
        var build = Assert.Single(page.SeriesOf("bifrost_build_info"));
        Assert.Contains("version=", build, StringComparison.Ordinal);
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var startedAt = new DateTimeOffset(process.StartTime).ToUnixTimeSeconds();
        Assert.InRange(page.Value("process_start_time_seconds"), startedAt, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 1);
    }

    [Fact]
    public async Task Budgets_and_Bifrosts_names_have_series_where_that_is_asked_for_and_only_so_many()
    {
        const string governance = """
            "governance": { "teams": [{ "id": "t", "name": "shown", "budgets": [{ "max_limit": 5, "reset_duration": "1d" }] }],
                            "virtual_keys": [{ "id": "k", "name": "not shown", "value": "sk-bf-31111111-2222-3333-4444-555555555555", "budgets": [{ "max_limit": 1, "reset_duration": "1d" }] }] }
            """;
        await using var server = await AdminServer.StartAsync(AdminServer.Options with
        {
            Configuration = $$"""{ "providers": { "sim": {}, "openai": { "keys": [{ "id": "first", "name": "mine", "value": "k" }] } }, {{governance}}, "observability": { "metrics": { "budgets": 1, "bifrost_names": true } } }""",
        });
        var page = PrometheusPage.Read((await server.GetAsync("/metrics")).Body);
        var limit = Assert.Single(page.SeriesOf("bifrost_budget_limit_nanos"));
        Assert.Contains("level=team,owner=shown", limit, StringComparison.Ordinal);
        Assert.Equal((5e9, 1.0), (page.Sum("bifrost_budget_limit_nanos"), page.Value("bifrost_budgets_unshown")));
        Assert.Equal(1, page.Value("bifrost_provider_key_up", ("key_id", "first"), ("key_name", "mine"), ("provider", "openai")));
    }

    private static double Ended(PrometheusPage page, string state) => page.Value("bifrost_jobs_ended_total", ("state", state));

    private static double GivenBack(PrometheusPage page, string reason) => page.Value("bifrost_jobs_given_back_total", ("reason", reason));

    private static double Delivered(PrometheusPage page, string outcome) => page.Value("bifrost_webhooks_deliveries_total", ("outcome", outcome));

    private static (string, string) Partition(string key) =>
        ("partition", JobPartition.Of(key, 32).ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static Task<PrometheusPage> UntilAsync(JobServer server, Predicate<PrometheusPage> holds, string what) =>
        Eventually.UntilAsync(server.MetricsAsync, holds, _ => "another page", what);

    private Task<JobServer> StartAsync(Uri? receiver = null) => JobServer.StartAsync(
        JobServer.Configuration(_upstream.Address, receiver is null ? "" : $$"""
            ,"webhooks": [{ "name": "mine", "url": "{{receiver}}", "allow_private_network": true, "secret": "0123456789abcdef0123456789abcdef" }]
            """),
        JobServer.NewStore(),
        options => options with
        {
            BacklogEvery = TimeSpan.Zero, KeyDelay = TimeSpan.FromMilliseconds(100), DeliveryDelay = TimeSpan.FromMilliseconds(50),
            PumpEvery = TimeSpan.FromMilliseconds(100), DrainFor = TimeSpan.Zero, PollWaitMax = TimeSpan.FromHours(1),
        });
}
