using System.Collections.Concurrent;

namespace Bifrost.Admin.Tests.Governance;

/// <summary>Once the admin call has returned, no server admits the key: promise 3.</summary>
public sealed class Revocation(PostgresFixture postgres)
{
    private const int Callers = 12;

    [Theory]
    [InlineData("delete", "")]
    [InlineData("delete", """ "budgets":[{"max_limit":1000,"reset_duration":"1d"}] """)]
    [InlineData("deactivate", "")]
    [InlineData("rotate", """ "budgets":[{"max_limit":1000,"reset_duration":"1d"}] """)]
    [InlineData("lower", """ "budgets":[{"max_limit":1000,"reset_duration":"1d"}] """)]
    public async Task A_key_in_use_is_dead_when_the_call_returns_on_one_server(string how, string limits)
    {
        await using var server = await AdminServer.StartAsync();
        await ProveAsync(how, limits, server);
    }

    [Theory]
    [InlineData("delete", "")]
    [InlineData("deactivate", """ "budgets":[{"max_limit":1000,"reset_duration":"1d"}] """)]
    [InlineData("rotate", "")]
    [InlineData("lower", """ "budgets":[{"max_limit":1000,"reset_duration":"1d"}] """)]
    public async Task A_key_in_use_is_dead_when_the_call_returns_on_two_servers_of_one_store(string how, string limits)
    {
        var store = new AdminServerOptions { Postgres = await postgres.Server.CreateDatabaseAsync() };
        await using var one = await AdminServer.StartAsync(store);
        await using var two = await AdminServer.StartAsync(store);
        await ProveAsync(how, limits, one, two);
    }

    [Fact]
    public async Task What_one_server_makes_every_server_knows_when_the_call_returns()
    {
        var store = new AdminServerOptions { Postgres = await postgres.Server.CreateDatabaseAsync() };
        await using var one = await AdminServer.StartAsync(store);
        await using var two = await AdminServer.StartAsync(store);
        for (var i = 0; i < 3; i++)
        {
            var secret = (await one.MakeKeyAsync($"key {i}")).GetProperty("value").GetString()!;
            Assert.Equal(200, await two.CallAsync(secret));
        }

        // Changes from both sides at once: none is lost, and none undoes another.
        var key = (await one.MakeKeyAsync("both")).GetProperty("id").GetString();
        var path = $"/api/governance/virtual-keys/{key}";
        var answers = await Task.WhenAll(
            one.PutAsync(path, """{"description":"from one"}"""),
            two.PutAsync(path, """{"max_concurrent_requests":3}"""),
            one.PutAsync(path, """{"name":"both, renamed"}"""),
            two.PutAsync(path, """{"budgets":[{"max_limit":4,"reset_duration":"1d"}]}"""));
        Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.Body));
        foreach (var server in (AdminServer[])[one, two])
        {
            var read = await server.KeyAsync(key!);
            Assert.Equal(
                ("from one", 3, "both, renamed", 1),
                (read.GetProperty("description").GetString(), read.GetProperty("max_concurrent_requests").GetInt32(), read.GetProperty("name").GetString(),
                    read.GetProperty("budgets").GetArrayLength()));
        }
    }

    private static async Task ProveAsync(string how, string limits, params AdminServer[] servers)
    {
        var key = await servers[0].MakeKeyAsync("in use", limits);
        var (id, secret) = (key.GetProperty("id").GetString()!, key.GetProperty("value").GetString()!);
        var revoked = 0;
        using var stop = new CancellationTokenSource();
        var outcomes = new ConcurrentBag<(bool After, int Status)>();
        var callers = Enumerable.Range(0, Callers).Select(i => CallAsync(servers[i % servers.Length])).ToArray();
        await Eventually.UntilAsync(() => outcomes.Count > 20 * servers.Length);

        var path = $"/api/governance/virtual-keys/{id}";
        var answer = how switch
        {
            "delete" => await servers[0].DeleteAsync(path),
            "deactivate" => await servers[0].PutAsync(path, """{"is_active":false}"""),
            "lower" => await servers[0].PutAsync(path, """{"budgets":[{"max_limit":0,"reset_duration":"1d"}]}"""),
            _ => await servers[0].PostAsync(path + "/rotate"),
        };
        Volatile.Write(ref revoked, 1);
        Assert.True(answer.Status == 200, answer.Body);
        await Eventually.UntilAsync(() => outcomes.Count(outcome => outcome.After) > 40);
        await stop.CancelAsync();
        await Task.WhenAll(callers);

        Assert.Contains(outcomes, outcome => outcome is { After: false, Status: 200 });
        Assert.All(outcomes.Where(outcome => outcome.After), outcome => Assert.True(outcome.Status is 402 or 403 or 429, $"{outcome.Status}"));

        async Task CallAsync(AdminServer server)
        {
            while (!stop.IsCancellationRequested)
            {
                // Read before the call begins: what begins after the admin call returned must be refused.
                var after = Volatile.Read(ref revoked) == 1;
                outcomes.Add((after, await server.CallAsync(secret)));
            }
        }
    }
}
