using System.Text.Json;

namespace Bifrost.Admin.Tests.Governance;

/// <summary>Who may open what.</summary>
public sealed class Crossings(AdminFixture fixture) : IClassFixture<AdminFixture>
{
    private readonly AdminServer _server = fixture.Server;

    [Theory]
    [InlineData("/api/governance/virtual-keys")]
    [InlineData("/api/ledger/entries")]
    [InlineData("/api/ledger/leases")]
    [InlineData("/api/audit")]
    [InlineData("/api/pricing")]
    [InlineData("/api/providers")]
    [InlineData("/api/cluster")]
    [InlineData("/api/admin-tokens")]
    [InlineData("/api/governance/budgets")]
    [InlineData("/api/governance/rate-limits")]
    [InlineData("/api/governance/teams")]
    [InlineData("/api/governance/customers")]
    [InlineData("/api/governance/model-configs")]
    [InlineData("/api/governance/providers")]
    public async Task Admin_routes_open_to_admin_tokens_alone(string path)
    {
        var secret = (await _server.MakeKeyAsync("crossing" + path)).GetProperty("value").GetString();
        Assert.Equal(200, (await _server.GetAsync(path)).Status);
        (await _server.GetAsync(path, secret)).IsError(403, "access_blocked");
        (await _server.GetAsync(path, null)).IsError(401, "invalid_credentials");
        (await _server.GetAsync(path, "an-unknown-token")).IsError(401, "invalid_credentials");
        (await _server.SendAsync(HttpMethod.Patch, path, "{}", AdminServer.Token)).IsError(405, "method_not_allowed");
    }

    [Fact]
    public async Task A_viewer_reads_and_changes_nothing()
    {
        var viewer = await TokenAsync("a viewer", "viewer");
        Assert.Equal(200, (await _server.GetAsync("/api/governance/virtual-keys", viewer)).Status);
        (await _server.PostAsync("/api/governance/virtual-keys", """{"name":"by a viewer"}""", viewer)).IsError(403, "access_blocked");
        (await _server.PutAsync("/api/pricing", "{}", viewer)).IsError(403, "access_blocked");
        (await _server.PostAsync("/api/admin-tokens", """{"name":"x","role":"admin"}""", viewer)).IsError(403, "access_blocked");
        Assert.DoesNotContain("by a viewer", (await _server.GetAsync("/api/governance/virtual-keys?limit=1000")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_token_opens_nothing_and_is_shown_nowhere()
    {
        var answer = await _server.PostAsync("/api/admin-tokens", """{"name":"for a day","role":"admin"}""");
        var token = answer.Json.GetProperty("admin_token");
        var secret = token.GetProperty("value").GetString()!;
        Assert.Equal(200, (await _server.GetAsync("/api/audit", secret)).Status);
        Assert.DoesNotContain(secret, (await _server.GetAsync("/api/admin-tokens")).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await _server.DeleteAsync($"/api/admin-tokens/{token.GetProperty("id").GetString()}", secret)).Status);
        (await _server.GetAsync("/api/audit", secret)).IsError(401, "invalid_credentials");
        (await _server.PostAsync("/api/admin-tokens", """{"name":"x","role":"root"}""")).IsError(400, "invalid_request_error");
    }

    [Fact]
    public async Task An_admin_token_opens_no_inference_and_never_goes_upstream()
    {
        var made = await TokenAsync("not for calls", "admin");
        Assert.Equal((401, 401), (await _server.CallAsync(AdminServer.Token), await _server.CallAsync(made)));

        // Even where a Bearer of an unknown kind is a provider's key, and where nobody is asked for a key at all.
        await using var open = await AdminServer.StartAsync(
            new AdminServerOptions { Client = """{"allow_direct_keys":true,"enforce_auth_on_inference":false}""" });
        Assert.Equal(200, await open.CallAsync("a-providers-own-key"));
        Assert.Equal((401, 401), (await open.CallAsync(AdminServer.Token), await open.CallAsync(made)));
    }

    [Fact]
    public async Task A_new_store_without_a_token_gets_one_that_is_printed_once()
    {
        var folder = Directory.CreateTempSubdirectory("bifrost-admin-").FullName;
        var first = new StringWriter();
        string token;
        await using (var server = await AdminServer.StartAsync(new AdminServerOptions { AdminToken = null, DataFolder = folder, Output = first }))
        {
            await Eventually.UntilAsync(() => first.ToString().Contains("bf-admin-", StringComparison.Ordinal));
            token = first.ToString().Split('\n').Single(line => line.Contains("bf-admin-", StringComparison.Ordinal)).Trim();
            Assert.Equal(200, (await server.GetAsync("/api/audit", token)).Status);
            (await server.DeleteAsync("/api/admin-tokens/initial", token)).IsError(409, "conflict");
        }

        var second = new StringWriter();
        await using var again = await AdminServer.StartAsync(new AdminServerOptions { AdminToken = null, DataFolder = folder, Output = second });
        Assert.Equal(200, (await again.GetAsync("/api/audit", token)).Status);
        Assert.Equal("", second.ToString());
    }

    private async Task<string> TokenAsync(string name, string role)
    {
        var body = JsonSerializer.Serialize(new { name, role });
        return (await _server.MakeAsync("/api/admin-tokens", "admin_token", body)).GetProperty("value").GetString()!;
    }
}
