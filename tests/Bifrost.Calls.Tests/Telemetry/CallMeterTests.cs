using System.Collections.Frozen;
using Bifrost.Calls.Pipeline;
using Bifrost.Calls.Telemetry;
using Bifrost.Calls.Tests.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Tests.Telemetry;

public sealed class CallMeterTests
{
    private const string Requests = "gen_ai_server_request_duration_seconds";
    private const string Tries = "gen_ai_client_operation_duration_seconds";

    [Fact]
    public async Task A_plain_call_is_one_request_one_try_its_tokens_and_its_cost()
    {
        await using var rig = new PipelineRig();
        using var scraped = new ScrapedMeters(rig.Meters);
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(3));
            return Task.FromResult(Replies.Json(Replies.Completion));
        });

        Json.OfBody(await rig.RunAsync());
        await rig.SettledAsync();

        var page = await scraped.PageAsync();
        Assert.Equal((1.0, 3.0), (page.Value(Requests + "_count", Chat("p")), page.Value(Requests + "_sum", Chat("p"))));
        Assert.Equal(3.0, page.Value(Tries + "_sum", Chat("p")));
        Assert.Equal((10.0, 5.0), (page.Value("bifrost_tokens_total", Kind("p", "input")), page.Value("bifrost_tokens_total", Kind("p", "output"))));
        Assert.Equal(10.0, page.Value("gen_ai_client_token_usage_sum", [.. Chat("p"), ("gen_ai_token_type", "input")]));
        Assert.Equal(20_000.0, page.Value("bifrost_cost_nanos_total", Target("p")));
        Assert.Equal((1.0, 0.0), (page.Value("bifrost_admissions_total"), page.Sum("bifrost_refusals_total")));

        // The provider's three seconds are none of the gateway's.
        Assert.Equal((1.0, 0.0), (page.Value("bifrost_call_overhead_seconds_count", Target("p")), page.Value("bifrost_call_overhead_seconds_sum", Target("p"))));
        Assert.Equal((0.0, 1.0), (page.Value("bifrost_calls_open"), page.Value("bifrost_settlement_duration_seconds_count")));
    }

    [Fact]
    public async Task Repetitions_and_fallbacks_are_counted_where_they_went_and_failures_by_their_kind()
    {
        await using var rig = new PipelineRig { Configure = provider => provider with { RetriesMax = 1, RetryBackoffInitialMs = 0 } };
        using var scraped = new ScrapedMeters(rig.Meters);
        rig.P.ThenFails(FailureKind.ServerError, 500);
        rig.Q.ThenJson(Replies.Completion);

        Json.OfBody(await rig.RunAsync(fallbacks: ["q/m"]));

        var page = await scraped.PageAsync();
        Assert.Equal((1.0, 0.0), (page.Value("bifrost_retries_total", Target("p")), page.Value("bifrost_retries_total", Target("q"))));
        Assert.Equal((0.0, 1.0), (page.Value("bifrost_fallbacks_total", Target("p")), page.Value("bifrost_fallbacks_total", Target("q"))));
        Assert.Equal(2.0, page.Value(Tries + "_count", Failed("p", "upstream_server_error")));
        Assert.Equal(1.0, page.Value(Requests + "_count", Chat("q")));
        Assert.Equal(1.0, page.Sum(Requests + "_count"));
    }

    [Theory]
    [InlineData(RefusalReason.BudgetExceeded, RefusalLevel.Team, "budget_exceeded", "team")]
    [InlineData(RefusalReason.RateLimited, RefusalLevel.VirtualKey, "rate_limited", "virtual_key")]
    [InlineData(RefusalReason.LedgerUnavailable, RefusalLevel.Gateway, "ledger_unavailable", "gateway")]
    public async Task A_refusal_is_counted_by_its_reason_and_by_whose_limit_it_was(RefusalReason reason, RefusalLevel level, string word, string whose)
    {
        await using var rig = new PipelineRig();
        using var scraped = new ScrapedMeters(rig.Meters);
        rig.Key.Refuse = _ => new Refusal { Reason = reason, Message = "no", Level = level };

        Assert.IsType<ChatFailure>(await rig.RunAsync());

        var page = await scraped.PageAsync();
        Assert.Equal(1.0, page.Value("bifrost_refusals_total", ("level", whose), ("reason", word)));
        Assert.Equal(0.0, page.Value("bifrost_admissions_total"));
        Assert.Equal(1.0, page.Value(Requests + "_count", Failed("p", word)));
    }

    [Fact]
    public async Task A_stream_has_a_first_token_and_a_time_for_each_further_one_and_is_open_until_its_end()
    {
        await using var rig = new PipelineRig();
        using var scraped = new ScrapedMeters(rig.Meters);
        var body = new FakeStreamBody();
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(Replies.Stream(body));
        });
        await using var events = Assert.IsAssignableFrom<ChatEvents>(await rig.RunAsync(stream: true));
        body.Text("one");
        await events.ReadAsync(default);
        Assert.Equal(1.0, (await scraped.PageAsync()).Value("bifrost_streams_open"));
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        body.Usage(10, 5).Done();
        await events.ReadAsync(default);

        var page = await scraped.PageAsync();
        Assert.Equal(1.0, page.Value("gen_ai_server_time_to_first_token_seconds_sum", Chat("p")));
        Assert.Equal(0.5, page.Value("gen_ai_server_time_per_output_token_seconds_sum", Chat("p")));
        Assert.Equal(3.0, page.Value(Requests + "_sum", Chat("p")));
        Assert.Equal((0.0, 0.0), (page.Value("bifrost_streams_open"), page.Value("bifrost_calls_open")));
    }

    [Fact]
    public async Task A_stream_that_its_client_left_is_one_cancelled_request()
    {
        await using var rig = new PipelineRig { Configure = PipelineRig.Closing(ClosingRule.Free) };
        using var scraped = new ScrapedMeters(rig.Meters);
        rig.P.Then(Replies.Stream(new FakeStreamBody().Text("one").Done()));
        var events = Assert.IsAssignableFrom<ChatEvents>(await rig.RunAsync(stream: true));
        await events.ReadAsync(default);
        await events.DisposeAsync();
        await rig.SettledAsync();

        var page = await scraped.PageAsync();
        Assert.Equal(1.0, page.Value(Requests + "_count", Failed("p", "request_cancelled")));
        Assert.Equal((1.0, 0.0), (page.Sum(Requests + "_count"), page.Value("bifrost_streams_open")));
        Assert.Equal(0.0, page.Sum("gen_ai_server_time_per_output_token_seconds_count"));
    }

    [Fact]
    public async Task An_error_type_of_a_provider_never_becomes_a_label()
    {
        await using var rig = new PipelineRig();
        using var scraped = new ScrapedMeters(rig.Meters);
        rig.P.ThenFails(FailureKind.BadRequest, 400);

        Assert.Equal("upstream_400", Assert.IsType<ChatFailure>(await rig.RunAsync()).Error.Type);
        Assert.IsType<ChatFailure>(await rig.RunAsync("no-such-provider/m"));

        var page = await scraped.PageAsync();
        Assert.Equal(1.0, page.Value(Requests + "_count", Failed("p", "upstream_bad_request")));
        Assert.Equal(1.0, page.Value(Requests + "_count", ("error_type", "invalid_request_error"), ("gen_ai_operation_name", "chat")));
    }

    /// <summary>Callers choose names of models: without a bound each would be a series of every metric, for ever.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 5)]
    [InlineData(true, 0)]
    public async Task A_hundred_thousand_made_up_models_share_one_series(bool pricedByStar, int unlisted)
    {
        using var meters = new TestMeters();
        using var scraped = new ScrapedMeters(meters);
        var meter = new CallMeter(meters, new FakeTimeProvider(), new CallMeterOptions { UnlistedModelsMax = unlisted });
        var catalog = PricesOf(pricedByStar ? ["p/m", "p/*"] : ["p/m"]);
        var provider = new Provider { Name = "p", BaseUrl = new Uri("http://localhost") };
        const int names = 100_000;
        for (var i = 0; i < names; i++)
            meter.Tried(meter.Of(catalog, provider, $"made-up-{i}"), TimeSpan.FromSeconds(1), new TokenUsage { PromptTokens = 1 }, 1, null);
        foreach (var spelling in new[] { "m", "M", "m" })
            meter.Tried(meter.Of(catalog, provider, spelling), TimeSpan.FromSeconds(1), new TokenUsage { PromptTokens = 1 }, 1, null);

        var page = await scraped.PageAsync();
        Assert.Equal(2 + unlisted, page.SeriesOf("bifrost_cost_nanos_total").Count);
        Assert.Equal(names - unlisted, page.Value("bifrost_cost_nanos_total", Target("p", "_OTHER")));
        Assert.Equal(3.0, page.Value("bifrost_cost_nanos_total", Target("p")));
        Assert.Equal(names - unlisted, page.Value("bifrost_models_folded_total"));
    }

    [Fact]
    public async Task Dated_snapshots_and_tuned_models_go_by_the_row_that_prices_them_and_rows_have_a_bound()
    {
        using var meters = new TestMeters();
        using var scraped = new ScrapedMeters(meters);
        var meter = new CallMeter(meters, new FakeTimeProvider(), new CallMeterOptions { ModelsMax = 2 });
        var catalog = PricesOf(["p/m", "p/ft:m", "p/third"]);
        var provider = new Provider { Name = "p", BaseUrl = new Uri("http://localhost") };
        foreach (var model in new[] { "m-2024-08-06", "m-2024-11-20", "ft:m:acme::1", "ft:m:acme::2", "third" })
            meter.Tried(meter.Of(catalog, provider, model), TimeSpan.FromSeconds(1), default, 1, null);

        var page = await scraped.PageAsync();
        Assert.Equal(
            (2.0, 2.0, 1.0),
            (page.Value("bifrost_cost_nanos_total", Target("p")), page.Value("bifrost_cost_nanos_total", Target("p", "ft:m")),
                page.Value("bifrost_cost_nanos_total", Target("p", "_OTHER"))));
    }

    [Fact]
    public async Task Bifrosts_names_and_labels_are_there_when_they_are_asked_for()
    {
        await using var rig = new PipelineRig { MeterOptions = new CallMeterOptions { BifrostNames = true } };
        using var scraped = new ScrapedMeters(rig.Meters);
        rig.P.ThenFails(FailureKind.RateLimited, 429);
        rig.Q.Then(Replies.Stream(new FakeStreamBody().Text("a").Finish().Usage(10, 5).Done()));

        await Json.AllAsync(await rig.RunAsync(fallbacks: ["q/m"], stream: true));

        var page = await scraped.PageAsync();
        (string, string)[] p = [("method", "chat_completion"), ("model", "m"), ("provider", "p")];
        (string, string)[] q = [("method", "chat_completion"), ("model", "m"), ("provider", "q")];
        Assert.Equal((1.0, 1.0), (page.Value("bifrost_upstream_requests_total", p), page.Value("bifrost_upstream_requests_total", q)));
        Assert.Equal(1.0, page.Value("bifrost_error_requests_total", [("error_type", "provider_rate_limited"), .. p]));
        Assert.Equal(1.0, page.Value("bifrost_success_requests_total", q));
        Assert.Equal((10.0, 5.0, 0.00002), (page.Value("bifrost_input_tokens_total", q), page.Value("bifrost_output_tokens_total", q), page.Value("bifrost_cost_total", q)));
        Assert.Equal(1.0, page.Value("bifrost_stream_first_token_latency_seconds_count", q));
        Assert.Equal(1.0, page.Value("bifrost_stream_inter_token_latency_seconds_count", q));
        Assert.Equal(1.0, page.Value("bifrost_upstream_latency_seconds_count", q));
        Assert.Equal(1.0, page.Value("bifrost_overhead_latency_microseconds_count", q));
        Assert.Equal((1.0, 0.0), (page.Value("bifrost_request_retries_count", q), page.Value("bifrost_request_retries_sum", q)));
        Assert.Equal(0.0, page.Value("bifrost_active_requests"));
    }

    private static CatalogSnapshot PricesOf(string[] names) => new()
    {
        Prices = names.ToFrozenDictionary(name => name, _ => PipelineRig.Price with { Snapshots = true }, StringComparer.OrdinalIgnoreCase),
    };

    private static (string, string)[] Target(string provider, string model = "m") => [("gen_ai_provider_name", provider), ("gen_ai_request_model", model)];

    private static (string, string)[] Chat(string provider) => [("gen_ai_operation_name", "chat"), .. Target(provider)];

    private static (string, string)[] Kind(string provider, string kind) => [.. Target(provider), ("kind", kind)];

    private static (string, string)[] Failed(string provider, string error) => [("error_type", error), .. Chat(provider)];
}
