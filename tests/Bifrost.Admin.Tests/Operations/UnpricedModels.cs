using System.Text.Json;

namespace Bifrost.Admin.Tests.Operations;

/// <summary>Models without a price, and names in another case, through the real server.</summary>
public class UnpricedModels
{
    private const string Budget = "\"budgets\":[{\"max_limit\":5,\"reset_duration\":\"1d\"}]";

    [Fact]
    public async Task A_model_without_a_price_is_refused_under_a_budget_until_it_is_priced()
    {
        await using var server = await AdminServer.StartAsync();
        var secret = Secret(await server.MakeKeyAsync("budgeted", Budget));
        var refused = await CallAsync(server, secret, "sim/sim-tools");
        refused.IsError(403, "model_unpriced");
        Assert.Contains("sim/sim-tools", refused.Body, StringComparison.Ordinal);
        Assert.Contains("/api/pricing", refused.Body, StringComparison.Ordinal);
        (await server.PostAsync("/v1/async/chat/completions", Requests.Body("sim/sim-tools"), secret)).IsError(403, "model_unpriced");

        Assert.Equal(200, (await server.PutAsync("/api/pricing", """{"sim/sim-tools":{"input_cost_per_token":0,"output_cost_per_token":0}}""")).Status);
        Assert.Equal(200, (await CallAsync(server, secret, "sim/sim-tools")).Status);
    }

    [Fact]
    public async Task A_price_that_ended_is_none_and_all_models_of_a_provider_can_be_priced_at_once()
    {
        await using var server = await AdminServer.StartAsync();
        var secret = Secret(await server.MakeKeyAsync("dated", Budget));
        var set = await server.PutAsync("/api/pricing", """{"sim/sim-tools":{"input_cost_per_token":0,"output_cost_per_token":0,"valid_to":"2020-01-01"}}""");
        Assert.Equal(200, set.Status);
        (await CallAsync(server, secret, "sim/sim-tools")).IsError(403, "model_unpriced");
        Assert.False((await server.GetAsync("/api/pricing?search=sim-tools")).Json.GetProperty("prices")[0].GetProperty("in_force").GetBoolean());

        Assert.Equal(200, (await server.PutAsync("/api/pricing", """{"sim/*":{"input_cost_per_token":0,"output_cost_per_token":0}}""")).Status);
        Assert.Equal(200, (await CallAsync(server, secret, "sim/sim-words-20")).Status);
    }

    [Fact]
    public async Task Calls_of_models_without_a_price_are_marked_counted_and_listed()
    {
        await using var server = await AdminServer.StartAsync();
        var secret = Secret(await server.MakeKeyAsync("free"));
        for (var i = 0; i < 2; i++) Assert.Equal(200, (await CallAsync(server, secret, "sim/sim-tools")).Status);
        Assert.Equal(200, (await CallAsync(server, secret, "sim/sim-echo")).Status);

        await Eventually.UntilAsync(async () => (await ListAsync()).GetProperty("models").EnumerateArray()
            .Any(model => (model.GetProperty("model").GetString(), model.GetProperty("calls").GetInt64()) == ("sim/sim-tools", 2)));
        var list = await ListAsync();
        Assert.Equal(("refuse_under_budget", 1), (list.GetProperty("rule").GetString(), list.GetProperty("count").GetInt32()));
        Assert.Empty(list.GetProperty("providers_without_prices").EnumerateArray());
        var series = (await server.GetAsync("/metrics")).Body.Split('\n').Single(line => line.StartsWith("bifrost_calls_unpriced_total{", StringComparison.Ordinal));
        Assert.Contains("model=\"sim-tools\"", series, StringComparison.Ordinal);
        Assert.Contains(" 2", series, StringComparison.Ordinal);

        async Task<JsonElement> ListAsync() => (await server.GetAsync("/api/pricing/unpriced")).Json;
    }

    [Fact]
    public async Task A_provider_without_any_price_is_told()
    {
        await using var server = await AdminServer.StartAsync(AdminServer.Options with { Configuration = """{"providers":{"sim":{},"vllm":{}}}""" });
        var told = (await server.GetAsync("/api/pricing/unpriced")).Json.GetProperty("providers_without_prices");
        Assert.Equal(["sim", "vllm"], told.EnumerateArray().Select(name => name.GetString()!));
    }

    /// <summary>A model on the deny list passed when it was written in other letters, and was booked without a price.</summary>
    [Theory]
    [InlineData("sim/sim-echo")]
    [InlineData("sim/SIM-Echo")]
    [InlineData("SIM/sim-echo")]
    public async Task A_denied_model_is_denied_in_any_case(string model)
    {
        await using var server = await AdminServer.StartAsync();
        var key = await server.MakeKeyAsync("denied", "\"provider_configs\":[{\"provider\":\"sim\",\"blacklisted_models\":[\"sim-echo\"]}]");
        (await CallAsync(server, Secret(key), model)).IsError(403, "model_blocked");
    }

    [Theory]
    [InlineData("sim/sim-echo")]
    [InlineData("sim/SIM-ECHO")]
    [InlineData("Sim/Sim-Echo")]
    public async Task Prices_and_limits_of_a_model_hold_in_any_case(string model)
    {
        await using var server = await AdminServer.StartAsync();
        var config = await server.PostAsync(
            "/api/governance/model-configs", """{"model_name":"sim-ECHO","provider":"SIM","budgets":[{"max_limit":0,"reset_duration":"1d"}]}""");
        Assert.True(config.Status == 200, config.Body);
        (await CallAsync(server, Secret(await server.MakeKeyAsync("any-case")), model)).IsError(402, "budget_exceeded");
        (await server.PostAsync("/api/governance/model-configs", """{"model_name":"Sim-Echo","provider":"sim"}""")).IsError(400, "invalid_request_error");
    }

    [Fact]
    public async Task A_price_is_set_and_taken_back_by_its_name_in_any_case()
    {
        await using var server = await AdminServer.StartAsync();
        Assert.Equal(200, (await server.PutAsync("/api/pricing", """{"SIM/SIM-ECHO":{"input_cost_per_token":0.5,"output_cost_per_token":0}}""")).Status);
        var price = Assert.Single((await server.GetAsync("/api/pricing?search=sim-echo")).Json.GetProperty("prices").EnumerateArray());
        Assert.Equal(("sim/sim-echo", 0.5m), (price.GetProperty("model").GetString(), price.GetProperty("input_cost_per_token").GetDecimal()));
        Assert.Equal(200, (await server.DeleteAsync("/api/pricing/Sim/Sim-Echo")).Status);
        Assert.Empty((await server.GetAsync("/api/pricing?search=sim-echo")).Json.GetProperty("prices").EnumerateArray());
    }

    [Fact]
    public async Task The_rule_of_admission_of_a_budget_is_set_shown_and_kept()
    {
        await using var server = await AdminServer.StartAsync();
        var key = await server.MakeKeyAsync("estimated", "\"budgets\":[{\"max_limit\":5,\"reset_duration\":\"1d\",\"admission\":\"estimate\"}]");
        var path = $"/api/governance/virtual-keys/{key.GetProperty("id").GetString()}";
        Assert.Equal("estimate", await RuleAsync());
        Assert.Equal(200, (await server.PutAsync(path, """{"budgets":[{"max_limit":6,"reset_duration":"1d"}]}""")).Status);
        Assert.Equal("estimate", await RuleAsync());
        Assert.Equal(200, (await server.PutAsync(path, """{"budgets":[{"max_limit":6,"reset_duration":"1d","admission":"bound"}]}""")).Status);
        Assert.Equal("bound", await RuleAsync());

        async Task<string?> RuleAsync() =>
            (await server.GetAsync(path)).Json.GetProperty("virtual_key").GetProperty("budgets")[0].GetProperty("admission").GetString();
    }

    private static Task<Answer> CallAsync(AdminServer server, string secret, string model) =>
        server.PostAsync("/v1/chat/completions", Requests.Body(model, "\"max_tokens\":10"), secret);

    private static string Secret(JsonElement key) => key.GetProperty("value").GetString()!;
}
