using System.Text.Json;

namespace Bifrost.Admin.Tests.Governance;

/// <summary>What GET answers, PUT takes, and nothing changes by it.</summary>
public sealed class RoundTrips(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private const string Limits = """
        "budgets":[{"max_limit":1.5,"reset_duration":"1d"},{"max_limit":20,"reset_duration":"1M","calendar_aligned":true,"admission":"estimate"}],
        "rate_limit":{"request_max_limit":100,"request_reset_duration":"1m","token_max_limit":5000,"token_reset_duration":"1h"}
        """;

    private readonly AdminServer _server = fixture.Server;

    [Fact]
    public async Task Of_a_key()
    {
        var team = (await _server.MakeAsync("/api/governance/teams", "team", """{"name":"of a round trip"}""")).GetProperty("id").GetString();
        var key = await _server.MakeKeyAsync("round", $$$"""
            "description":"d","team_id":"{{{team}}}","max_concurrent_requests":5,"expires_at":"2099-01-01T00:00:00Z",{{{Limits}}},
            "provider_configs":[{"provider":"sim","weight":0.5,"allowed_models":["sim-echo"],{{{Limits}}} }]
            """);
        var path = $"/api/governance/virtual-keys/{key.GetProperty("id").GetString()}";
        Assert.Equal(200, (await _server.PostAsync($"{path}/rotate", """{"overlap_seconds":600}""")).Status);
        await CheckAsync(path, "virtual_key");
    }

    [Fact]
    public async Task Of_a_team_and_a_customer()
    {
        var customer = (await _server.MakeAsync("/api/governance/customers", "customer", $$$"""{"name":"round",{{{Limits}}} }""")).GetProperty("id").GetString();
        var team = (await _server.MakeAsync("/api/governance/teams", "team", $$$"""{"name":"round","customer_id":"{{{customer}}}",{{{Limits}}} }""")).GetProperty("id").GetString();
        await _server.MakeKeyAsync("of a round team", $"\"team_id\":\"{team}\"");
        await CheckAsync($"/api/governance/customers/{customer}", "customer");
        await CheckAsync($"/api/governance/teams/{team}", "team");
    }

    [Fact]
    public async Task Of_limits_of_models_and_providers()
    {
        var config = (await _server.MakeAsync("/api/governance/model-configs", "model_config", $$$"""{"model_name":"round-model","provider":"sim",{{{Limits}}} }""")).GetProperty("id").GetString();
        await CheckAsync($"/api/governance/model-configs/{config}", "model_config");
        Assert.Equal(200, (await _server.PutAsync("/api/governance/providers/sim", $$$"""{ {{{Limits.Replace("1.5", "100000", StringComparison.Ordinal)}}} }""")).Status);
        await CheckAsync("/api/governance/providers/sim", "provider");
        Assert.Equal(200, (await _server.DeleteAsync("/api/governance/providers/sim")).Status);
    }

    [Fact]
    public async Task A_value_that_is_no_mask_is_refused_as_before()
    {
        var key = await _server.MakeKeyAsync("no mask");
        var put = await _server.PutAsync($"/api/governance/virtual-keys/{key.GetProperty("id").GetString()}", """{"value":"sk-bf-of-my-own"}""");
        Assert.Equal("value", put.IsError(400, "invalid_request_error").Json.GetProperty("error").GetProperty("param").GetString());
    }

    /// <summary>An id with an encoded percent sign was decoded twice, and so was another one.</summary>
    [Theory]
    [InlineData("a%2541", "a%41")]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("%61b", "ab")]
    public async Task Ids_are_decoded_once(string sent, string read)
    {
        var answer = await _server.GetAsync($"/api/governance/virtual-keys/{sent}");
        Assert.Contains($"'{read}'", answer.IsError(404, "not_found").Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task CheckAsync(string path, string field)
    {
        var before = (await _server.GetAsync(path)).Json.GetProperty(field);

        // Bifrost's own answers also name the rate limit by its id, beside it.
        var put = await _server.PutAsync(path, before.GetRawText().Insert(1, "\"rate_limit_id\":\"of-another-store\","));
        Assert.True(put.Status == 200, put.Body);
        var after = (await _server.GetAsync(path)).Json.GetProperty(field);
        Assert.Equal(Stable(before), Stable(after));
    }

    private static string Stable(JsonElement shown) =>
        JsonSerializer.Serialize(shown.EnumerateObject().Where(member => member.Name != "updated_at").ToDictionary(member => member.Name, member => member.Value));
}
