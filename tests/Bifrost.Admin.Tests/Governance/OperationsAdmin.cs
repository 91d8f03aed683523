using System.Text.Json;

namespace Bifrost.Admin.Tests.Governance;

/// <summary>Ledger, audit, prices, providers and cluster.</summary>
public sealed class OperationsAdmin(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private readonly AdminServer _server = fixture.Server;

    [Fact]
    public async Task Entries_are_filtered_and_paged_by_the_last_one()
    {
        var key = await _server.MakeKeyAsync("paged");
        for (var i = 0; i < 3; i++) Assert.Equal(200, await _server.CallAsync(Secret(key)));
        var all = await EntriesAsync(key, 3);
        var ids = new List<string>();
        string? after = null;
        do
        {
            var page = (await _server.GetAsync($"/api/ledger/entries?virtual_key_id={Id(key)}&limit=2{(after is null ? "" : "&after=" + after)}")).Json;
            ids.AddRange(page.GetProperty("entries").EnumerateArray().Select(entry => entry.GetProperty("attempt_id").GetString()!));
            after = page.GetProperty("after").GetString();
        }
        while (after is not null);
        Assert.Equal(all.Select(entry => entry.GetProperty("attempt_id").GetString()), ids);
        Assert.Empty((await _server.GetAsync($"/api/ledger/entries?virtual_key_id={Id(key)}&model=other")).Json.GetProperty("entries").EnumerateArray());
        Assert.Equal(200, (await _server.GetAsync($"/api/ledger/entries/{ids[0]}")).Status);
        (await _server.GetAsync("/api/ledger/entries?kind=free")).IsError(400, "invalid_request_error");
        (await _server.GetAsync("/api/ledger/entries?after=x")).IsError(400, "invalid_request_error");
        (await _server.GetAsync("/api/ledger/entries?start_time=soon")).IsError(400, "invalid_request_error");
        (await _server.GetAsync("/api/ledger/entries/nobody")).IsError(404, "not_found");
    }

    [Fact]
    public async Task A_correction_is_an_entry_of_its_own_and_moves_the_budget()
    {
        var key = await _server.MakeKeyAsync("corrected", """ "budgets":[{"max_limit":5,"reset_duration":"1d"}] """);
        Assert.Equal(200, await _server.CallAsync(Secret(key)));
        var entry = (await EntriesAsync(key, 1))[0];
        var path = $"/api/ledger/entries/{entry.GetProperty("attempt_id").GetString()}/adjust";
        var booked = await UsageAsync();
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await _server.PostAsync(path, $$"""{"amount":0.25,"reason":"the provider's bill says so","id":"{{id}}"}""")).Status);
        Assert.Equal(booked + 0.25m, await UsageAsync());
        Assert.Equal(200, (await _server.PostAsync(path, """{"amount":-0.25,"reason":"and took it back"}""")).Status);
        Assert.Equal(booked, await UsageAsync());
        Assert.Equal(3, (await EntriesAsync(key, 3)).Count);
        (await _server.PostAsync(path, """{"amount":-3,"reason":"more than there was"}""")).IsError(409, "conflict");
        (await _server.PostAsync(path, """{"amount":1}""")).IsError(400, "invalid_request_error");
        (await _server.PostAsync(path, """{"amount":0,"reason":"nothing"}""")).IsError(400, "invalid_request_error");
        (await _server.PostAsync($"/api/ledger/entries/{id}/adjust", """{"amount":1,"reason":"x"}""")).IsError(409, "conflict");
        (await _server.PostAsync($"/api/ledger/entries/{Guid.Empty}/adjust", """{"amount":1,"reason":"x"}""")).IsError(404, "not_found");

        async Task<decimal> UsageAsync() => (await _server.KeyAsync(Id(key))).GetProperty("budgets")[0].GetProperty("current_usage").GetDecimal();
    }

    [Fact]
    public async Task Past_calls_are_priced_again_beside_their_entries_and_a_dry_run_books_nothing()
    {
        const string model = "sim-echo-tag-g-repriced-e";
        Assert.Equal(200, (await _server.PutAsync("/api/pricing", $$"""{"sim/{{model}}":{"input_cost_per_token":1e-6,"output_cost_per_token":2e-6} }""")).Status);
        var key = await _server.MakeKeyAsync("repriced", """ "budgets":[{"max_limit":5,"reset_duration":"1d"}] """);
        for (var i = 0; i < 3; i++) Assert.Equal(200, await _server.CallAsync(Secret(key), $"sim/{model}"));
        var entries = await EntriesAsync(key, 3);
        var booked = entries.Sum(entry => entry.GetProperty("cost").GetDecimal());
        Assert.Equal(booked, await UsageAsync());
        Assert.Equal((3, 3, 0), Counts(await RepriceAsync("")));

        Assert.Equal(200, (await _server.PutAsync("/api/pricing", $$"""{"sim/{{model}}":{"input_cost_per_token":3e-6,"output_cost_per_token":6e-6} }""")).Status);
        var dry = await RepriceAsync("");
        Assert.Equal((3, 0, 3), Counts(dry));
        Assert.Equal(2 * booked, dry.GetProperty("difference").GetDecimal());
        Assert.Equal(3, (await EntriesAsync(key, 3)).Count);
        Assert.Equal(booked, await UsageAsync());

        // Page by page, twice: what was corrected costs what is booked of it.
        string? after = null;
        do
        {
            var page = await RepriceAsync($",\"dry_run\":false,\"limit\":2{(after is null ? "" : $",\"after\":\"{after}\"")}");
            Assert.All(page.GetProperty("corrections").EnumerateArray(), one => Assert.Equal("booked", one.GetProperty("state").GetString()));
            after = page.GetProperty("after").GetString();
        }
        while (after is not null);
        Assert.Equal(3 * booked, await UsageAsync());
        Assert.Equal((3, 3, 0), Counts(await RepriceAsync(",\"dry_run\":false")));
        var all = await EntriesAsync(key, 6);
        Assert.Equal(entries.Select(entry => entry.GetRawText()).Order(), all.Where(entry => Kind(entry) == "settle").Select(entry => entry.GetRawText()).Order());

        // And back: a correction of corrections, down to what was there first.
        Assert.Equal(200, (await _server.PutAsync("/api/pricing", $$"""{"sim/{{model}}":{"input_cost_per_token":1e-6,"output_cost_per_token":2e-6} }""")).Status);
        Assert.Equal((3, 0, 3), Counts(await RepriceAsync(",\"dry_run\":false")));
        Assert.Equal(booked, await UsageAsync());

        // The same difference a second time is another correction.
        Assert.Equal(200, (await _server.PutAsync("/api/pricing", $$"""{"sim/{{model}}":{"input_cost_per_token":3e-6,"output_cost_per_token":6e-6} }""")).Status);
        Assert.Equal((3, 0, 3), Counts(await RepriceAsync(",\"dry_run\":false")));
        Assert.Equal(3 * booked, await UsageAsync());
        (await _server.PostAsync("/api/ledger/reprice", "{}")).IsError(400, "invalid_request_error");

        async Task<JsonElement> RepriceAsync(string more)
        {
            var answer = await _server.PostAsync("/api/ledger/reprice", $$"""{"start_time":"2020-01-01T00:00:00Z","virtual_key_id":"{{Id(key)}}"{{more}} }""");
            Assert.True(answer.Status == 200, answer.Body);
            return answer.Json;
        }

        static (int Examined, int Unchanged, int Corrections) Counts(JsonElement page) =>
            (page.GetProperty("examined").GetInt32(), page.GetProperty("unchanged").GetInt32(), page.GetProperty("corrections").GetArrayLength());

        static string Kind(JsonElement entry) => entry.GetProperty("kind").GetString()!;

        async Task<decimal> UsageAsync() => (await _server.KeyAsync(Id(key))).GetProperty("budgets")[0].GetProperty("current_usage").GetDecimal();
    }

    [Fact]
    public async Task Leases_are_listed_by_state_and_an_open_one_is_not_released()
    {
        var key = await _server.MakeKeyAsync("leased", """ "budgets":[{"max_limit":5,"reset_duration":"1d"}] """);
        Assert.Equal(200, await _server.CallAsync(Secret(key)));
        await EntriesAsync(key, 1);
        Assert.Empty((await _server.GetAsync("/api/ledger/leases")).Json.GetProperty("leases").EnumerateArray());
        var open = (await _server.GetAsync("/api/ledger/leases?state=open&limit=1000")).Json.GetProperty("leases").EnumerateArray()
            .First(lease => lease.GetProperty("virtual_key_id").GetString() == Id(key));
        (await _server.PostAsync($"/api/ledger/leases/{Id(open)}/release")).IsError(409, "conflict");
        (await _server.PostAsync($"/api/ledger/leases/{Guid.Empty}/release")).IsError(404, "not_found");
        (await _server.GetAsync("/api/ledger/leases?state=lost")).IsError(400, "invalid_request_error");
    }

    [Fact]
    public async Task Every_change_leaves_one_line_of_audit()
    {
        await using var server = await AdminServer.StartAsync();
        var key = await server.MakeKeyAsync("audited");
        await server.PutAsync($"/api/governance/virtual-keys/{Id(key)}", """{"description":"d"}""");
        await server.PostAsync($"/api/governance/virtual-keys/{Id(key)}/rotate");
        await server.PutAsync($"/api/governance/virtual-keys/{Id(key)}", """{"description":7}""");
        await server.PutAsync("/api/pricing", """{"sim/x":{"input_cost_per_token":1,"output_cost_per_token":1}}""");
        await server.DeleteAsync($"/api/governance/virtual-keys/{Id(key)}");
        var lines = (await server.GetAsync("/api/audit")).Json.GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal(["delete", "update", "rotate", "update", "create"], lines.Select(line => line.GetProperty("action").GetString()));
        Assert.All(lines, line => Assert.Equal("environment", line.GetProperty("actor").GetString()));
        Assert.Equal("price", lines[1].GetProperty("target_kind").GetString());
        var page = (await server.GetAsync($"/api/audit?limit=2&after={Id(lines[1])}")).Json;
        Assert.Equal([Id(lines[2]), Id(lines[3])], page.GetProperty("entries").EnumerateArray().Select(Id));
    }

    [Fact]
    public async Task A_price_that_was_set_is_what_the_next_call_costs()
    {
        await using var server = await AdminServer.StartAsync();
        var key = await server.MakeKeyAsync("priced");
        Assert.Equal(200, (await server.PutAsync("/api/pricing", """{"sim/sim-echo":{"input_cost_per_token":0.001,"output_cost_per_token":0,"max_output_tokens":100}}""")).Status);
        Assert.Equal(200, await server.CallAsync(Secret(key)));
        var entry = (await EntriesAsync(key, 1, server))[0];
        Assert.Equal(entry.GetProperty("prompt_tokens").GetInt32() * 0.001m, entry.GetProperty("cost").GetDecimal());
        var price = Assert.Single((await server.GetAsync("/api/pricing?search=sim-echo")).Json.GetProperty("prices").EnumerateArray());
        Assert.Equal((0.001m, "configured"), (price.GetProperty("input_cost_per_token").GetDecimal(), price.GetProperty("source").GetString()));

        Assert.Equal(200, (await server.DeleteAsync("/api/pricing/sim/sim-echo")).Status);
        Assert.Empty((await server.GetAsync("/api/pricing?search=sim-echo")).Json.GetProperty("prices").EnumerateArray());
        (await server.DeleteAsync("/api/pricing/sim/sim-echo")).IsError(404, "not_found");
    }

    [Fact]
    public async Task A_public_sheet_is_taken_over_as_it_is()
    {
        var answer = await _server.PutAsync("/api/pricing", """
            { "sample-chat": { "litellm_provider": "sim", "mode": "chat", "input_cost_per_token": 1e-07, "output_cost_per_token": 2e-07, "a_new_field": true },
              "sim/sample-image": { "litellm_provider": "sim", "mode": "image_generation", "input_cost_per_pixel": 1e-08 },
              "elsewhere/chat": { "litellm_provider": "elsewhere", "mode": "chat", "input_cost_per_token": 1e-07, "output_cost_per_token": 2e-07 } }
            """);
        Assert.Equal((1, 2), (answer.Json.GetProperty("set").GetInt32(), answer.Json.GetProperty("ignored").GetInt32()));
        Assert.Contains("sim/sample-chat", (await _server.GetAsync("/api/pricing?search=sample-chat")).Body, StringComparison.Ordinal);
        Assert.Contains("2026", (await _server.GetAsync("/api/pricing?search=openai/gpt-4o-mini")).Json.GetProperty("prices")[0].GetProperty("source").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"bare":{"input_cost_per_token":1,"output_cost_per_token":1}}""")]
    [InlineData("""{"nobody/m":{"input_cost_per_token":1,"output_cost_per_token":1}}""")]
    [InlineData("""{"sim/m":{"input_cost_per_token":-1,"output_cost_per_token":1}}""")]
    [InlineData("""{"sim/m":{"input_cost_per_token":1}}""")]
    [InlineData("""{"sim/m":{"input_cost_per_token":1,"output_cost_per_token":1,"input_cost_per_tokne":1}}""")]
    [InlineData("""{"sim/m":7}""")]
    public async Task A_wrong_price_is_refused(string body) => (await _server.PutAsync("/api/pricing", body)).IsError(400, "invalid_request_error");

    [Fact]
    public async Task Providers_and_the_cluster_are_shown_without_secrets()
    {
        var provider = Assert.Single((await _server.GetAsync("/api/providers")).Json.GetProperty("providers").EnumerateArray());
        Assert.Equal(("sim", 0), (provider.GetProperty("name").GetString(), provider.GetProperty("calls_running").GetInt32()));
        Assert.Equal(200, (await _server.GetAsync("/api/providers/sim")).Status);
        (await _server.GetAsync("/api/providers/nobody")).IsError(404, "not_found");
        var cluster = (await _server.GetAsync("/api/cluster")).Json;
        var holder = Assert.Single(cluster.GetProperty("holders").EnumerateArray());
        Assert.True(holder.GetProperty("is_this").GetBoolean());
        Assert.Equal(cluster.GetProperty("catalog_version").GetInt64(), holder.GetProperty("catalog_version").GetInt64());
        (await _server.GetAsync("/api/nothing")).IsError(404, "not_found");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        var body = $$"""{"name":"{{new string('x', 9 << 20)}}"}""";
        (await _server.PostAsync("/api/governance/teams", body)).IsError(413, "request_too_large");
    }

    private Task<IReadOnlyList<JsonElement>> EntriesAsync(JsonElement key, int count) => EntriesAsync(key, count, _server);

    private static async Task<IReadOnlyList<JsonElement>> EntriesAsync(JsonElement key, int count, AdminServer server)
    {
        var entries = await Eventually.UntilAsync(
            async () => (await server.GetAsync($"/api/ledger/entries?virtual_key_id={Id(key)}")).Json.GetProperty("entries"),
            booked => booked.GetArrayLength() >= count,
            booked => booked.GetRawText());
        return [.. entries.EnumerateArray()];
    }

    private static string Id(JsonElement item) => item.GetProperty("id").GetString()!;

    private static string Secret(JsonElement key) => key.GetProperty("value").GetString()!;
}
