
namespace Bifrost.Admin.Tests.Governance;

/// <summary>Once a drain has returned, no server lets a new try go to the provider.</summary>
public sealed class Draining(PostgresFixture postgres)
{
    private const string Body = """{"model":"sim/sim-echo","max_tokens":10,"messages":[{"role":"user","content":"Hello"}]}""";

    [Fact]
    public async Task A_provider_in_use_gets_nothing_more_when_the_call_returns_on_one_server()
    {
        await using var server = await AdminServer.StartAsync();
        await ProveAsync(server);
    }

    [Fact]
    public async Task A_provider_in_use_gets_nothing_more_when_the_call_returns_on_two_servers_of_one_store()
    {
        var store = new AdminServerOptions { Postgres = await postgres.Server.CreateDatabaseAsync() };
        await using var one = await AdminServer.StartAsync(store);
        await using var two = await AdminServer.StartAsync(store);
        await ProveAsync(one, two);
    }

    [Fact]
    public async Task Says_so_survives_a_restart_and_is_in_the_audit()
    {
        var folder = Directory.CreateTempSubdirectory("bifrost-drain-").FullName;
        string secret;
        await using (var server = await AdminServer.StartAsync(new AdminServerOptions { DataFolder = folder }))
        {
            secret = (await server.MakeKeyAsync("k")).GetProperty("value").GetString()!;
            (await server.PostAsync("/api/providers/none/drain")).IsError(404, "not_found");
            (await server.PostAsync("/api/providers/sim/drain", """{"for":"ever"}""")).IsError(400, "invalid_request_error");
            var drained = await server.PostAsync("/api/providers/sim/drain");
            Assert.True(drained.Json.GetProperty("provider").GetProperty("drained").GetBoolean(), drained.Body);
        }

        await using var again = await AdminServer.StartAsync(new AdminServerOptions { DataFolder = folder });
        Assert.True((await again.GetAsync("/api/providers/sim")).Json.GetProperty("provider").GetProperty("drained").GetBoolean());
        var refused = (await again.SendAsync(HttpMethod.Post, "/v1/chat/completions", Body, secret)).IsError(502, "provider_unavailable");
        Assert.Contains("drained", refused.Body, StringComparison.Ordinal);
        Assert.Equal("5", refused.Header("Retry-After"));
        Assert.False((await again.PostAsync("/api/providers/sim/enable")).Json.GetProperty("provider").GetProperty("drained").GetBoolean());
        Assert.Equal(200, await again.CallAsync(secret));
        var audit = (await again.GetAsync("/api/audit")).Json.GetRawText();
        Assert.Contains("\"drain\"", audit, StringComparison.Ordinal);
        Assert.Contains("\"enable\"", audit, StringComparison.Ordinal);
    }

    private static async Task ProveAsync(params AdminServer[] servers)
    {
        var secret = (await servers[0].MakeKeyAsync("in use")).GetProperty("value").GetString()!;
        var load = new SteadyLoad();
        foreach (var server in servers) load.Add(server, secret, Body, 6);
        await load.UntilAsync(40 * servers.Length, TimeSpan.Zero, call => call.Paid);
        var answer = await servers[0].PostAsync("/api/providers/sim/drain");
        Assert.True(answer.Status == 200, answer.Body);
        var drained = SteadyLoad.Now;
        await load.UntilAsync(30 * servers.Length, drained, _ => true);
        var after = load.Calls.Where(call => call.Began > drained).ToList();
        Assert.All(after, call => Assert.True((call.Status, call.Type) == (502, "provider_unavailable"), call.ToString()));
        Assert.Equal(200, (await servers[^1].PostAsync("/api/providers/sim/enable")).Status);
        await load.UntilAsync(20 * servers.Length, SteadyLoad.Now, call => call.Paid);
        await load.StopAsync();
    }
}
