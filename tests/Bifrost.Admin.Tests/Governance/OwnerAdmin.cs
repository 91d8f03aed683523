using System.Text.Json;

namespace Bifrost.Admin.Tests.Governance;

/// <summary>Teams, customers, and the limits of models and providers.</summary>
public sealed class OwnerAdmin(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private readonly AdminServer _server = fixture.Server;

    [Fact]
    public async Task A_teams_budget_binds_its_keys_and_its_customers_too()
    {
        var customer = await _server.MakeAsync("/api/governance/customers", "customer", """{"name":"C1","budgets":[{"max_limit":5,"reset_duration":"1M"}]}""");
        var team = await _server.MakeAsync("/api/governance/teams", "team", $$"""{"name":"T1","customer_id":"{{Id(customer)}}","budgets":[{"max_limit":5,"reset_duration":"1d"}]}""");
        var key = await _server.MakeKeyAsync("in a team", $""" "team_id":"{Id(team)}" """);
        var secret = key.GetProperty("value").GetString()!;
        Assert.Equal(200, await _server.CallAsync(secret));
        Assert.Equal(200, (await _server.PutAsync($"/api/governance/teams/{Id(team)}", """{"budgets":[{"max_limit":0,"reset_duration":"1d"}]}""")).Status);
        Assert.Equal(402, await _server.CallAsync(secret));
        Assert.Equal(200, (await _server.PutAsync($"/api/governance/teams/{Id(team)}", """{"budgets":[]}""")).Status);
        Assert.Equal(200, await _server.CallAsync(secret));
        Assert.Equal(200, (await _server.PutAsync($"/api/governance/customers/{Id(customer)}", """{"budgets":[{"max_limit":0,"reset_duration":"1M"}]}""")).Status);
        Assert.Equal(402, await _server.CallAsync(secret));
    }

    [Fact]
    public async Task Owners_with_keys_stay_and_go_when_they_are_empty()
    {
        var customer = Id(await _server.MakeAsync("/api/governance/customers", "customer", """{"name":"C2"}"""));
        var team = Id(await _server.MakeAsync("/api/governance/teams", "team", $$"""{"name":"T2","customer_id":"{{customer}}"}"""));
        var key = Id(await _server.MakeKeyAsync("held", $""" "team_id":"{team}" """));
        (await _server.DeleteAsync($"/api/governance/teams/{team}")).IsError(409, "conflict");
        (await _server.DeleteAsync($"/api/governance/customers/{customer}")).IsError(409, "conflict");

        // Naming the customer moves the key out of the team.
        var moved = (await _server.PutAsync($"/api/governance/virtual-keys/{key}", $$"""{"customer_id":"{{customer}}"}""")).Json.GetProperty("virtual_key");
        Assert.Equal((JsonValueKind.Null, customer), (moved.GetProperty("team_id").ValueKind, moved.GetProperty("customer_id").GetString()));
        Assert.Equal(200, (await _server.DeleteAsync($"/api/governance/teams/{team}")).Status);
        (await _server.GetAsync($"/api/governance/teams/{team}")).IsError(404, "not_found");
        await _server.PutAsync($"/api/governance/virtual-keys/{key}", """{"customer_id":null}""");
        Assert.Equal(200, (await _server.DeleteAsync($"/api/governance/customers/{customer}")).Status);
        (await _server.PutAsync($"/api/governance/customers/{customer}", "{}")).IsError(404, "not_found");
    }

    [Fact]
    public async Task Lists_name_their_owners()
    {
        var customer = Id(await _server.MakeAsync("/api/governance/customers", "customer", """{"name":"C3"}"""));
        var team = Id(await _server.MakeAsync(
            "/api/governance/teams", "team",
            $$"""{"name":"T3","customer_id":"{{customer}}","rate_limit":{"token_max_limit":5,"token_reset_duration":"1h"},"budgets":[{"max_limit":1.5,"reset_duration":"1w"}]}"""));
        var teams = (await _server.GetAsync($"/api/governance/teams?customer_id={customer}")).Json;
        Assert.Equal((team, 1), (Id(teams.GetProperty("teams")[0]), teams.GetProperty("count").GetInt32()));
        var read = (await _server.GetAsync($"/api/governance/customers/{customer}")).Json.GetProperty("customer");
        Assert.Equal("T3", read.GetProperty("teams")[0].GetProperty("name").GetString());
        var budgets = (await _server.GetAsync("/api/governance/budgets?limit=1000")).Json.GetProperty("budgets").EnumerateArray();
        Assert.Equal(1.5m, budgets.Single(budget => Of(budget, "team_id") == team).GetProperty("max_limit").GetDecimal());
        var limits = (await _server.GetAsync("/api/governance/rate-limits?limit=1000")).Json.GetProperty("rate_limits").EnumerateArray();
        Assert.Equal(5, limits.Single(limit => Of(limit, "team_id") == team).GetProperty("token_max_limit").GetInt32());
    }

    [Theory]
    [InlineData("teams", """{"name":"x","customer_id":"nobody"}""", "customer_id")]
    [InlineData("teams", """{}""", "name")]
    [InlineData("teams", """{"name":"x","budget":{"max_limit":-1,"reset_duration":"1d"}}""", "budget.max_limit")]
    [InlineData("customers", """{"name":"x","colour":"red"}""", "colour")]
    [InlineData("customers", """{"name":null}""", "name")]
    [InlineData("model-configs", """{"provider":"sim"}""", "model_name")]
    [InlineData("model-configs", """{"model_name":"m","provider":"nobody"}""", "provider")]
    [InlineData("model-configs", """{"model_name":"m","scope":"virtual_key"}""", "scope")]
    public async Task A_mistake_is_named(string kind, string body, string param)
    {
        var answer = (await _server.PostAsync($"/api/governance/{kind}", body)).IsError(400, "invalid_request_error");
        Assert.Equal(param, answer.Json.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task A_limit_of_a_model_or_a_provider_binds_every_key()
    {
        await using var server = await AdminServer.StartAsync();
        var secret = (await server.MakeKeyAsync("anyone")).GetProperty("value").GetString()!;
        var config = await server.MakeAsync(
            "/api/governance/model-configs", "model_config", """{"model_name":"sim-echo","provider":"sim","budgets":[{"max_limit":0,"reset_duration":"1d"}]}""");
        Assert.Equal((402, 200), (await server.CallAsync(secret), await server.CallAsync(secret, "sim/sim-words-3")));
        (await server.PutAsync($"/api/governance/model-configs/{Id(config)}", """{"model_name":"other"}""")).IsError(400, "invalid_request_error");
        Assert.Equal(200, (await server.DeleteAsync($"/api/governance/model-configs/{Id(config)}")).Status);
        Assert.Equal(200, await server.CallAsync(secret));

        Assert.Equal(200, (await server.PutAsync("/api/governance/providers/sim", """{"budgets":[{"max_limit":0,"reset_duration":"1d"}]}""")).Status);
        Assert.Equal(402, await server.CallAsync(secret));
        Assert.Equal(1, (await server.GetAsync("/api/governance/providers")).Json.GetProperty("count").GetInt32());
        Assert.Equal(200, (await server.DeleteAsync("/api/governance/providers/sim")).Status);
        Assert.Equal(200, await server.CallAsync(secret));
        (await server.PutAsync("/api/governance/providers/nobody", "{}")).IsError(400, "invalid_request_error");
        (await server.DeleteAsync("/api/governance/providers/sim")).IsError(404, "not_found");
    }

    private static string? Of(JsonElement limit, string field) => limit.TryGetProperty(field, out var id) ? id.GetString() : null;

    private static string Id(JsonElement item) => item.GetProperty("id").GetString()!;
}
