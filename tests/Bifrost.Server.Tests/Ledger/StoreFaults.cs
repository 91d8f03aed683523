namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// The real server while its store is refused, hangs, loses answers, or stops: it fails closed within 5 s, recovers by itself, and the books
/// balance to the nano-dollar.
/// </summary>
public sealed class StoreFaults(PostgresFixture postgres)
{
    /// <summary>How long credit in hand, and the last heartbeat, last.</summary>
    private static readonly TimeSpan s_failsClosed = TimeSpan.FromSeconds(5);

    /// <summary>Each on a server and a database of its own; side by side, since they mostly wait.</summary>
    [Fact]
    public async Task Nobody_pays_for_a_store_that_is_refused_or_hung_or_loses_answers_or_comes_late() => await Task.WhenAll(
        FailsClosedAsync(await StartAsync(), proxy => proxy.Cut()),
        FailsClosedAsync(await StartAsync(), proxy => proxy.Freeze()),
        LosesAnswersAsync(await StartAsync()),
        ComesLateAsync(await StartAsync(cut: true)));

    [Fact]
    public async Task A_database_that_stops_or_crashes_under_load_is_used_again()
    {
        Assert.NotNull(postgres.Server);
        await Task.WhenAll(RestartAsync(database => database.StopAsync()), RestartAsync(database => database.KillAsync()));
    }

    [Fact]
    public async Task A_server_cut_off_from_the_store_admits_no_key_that_another_one_revoked_meanwhile()
    {
        await using var rig = await FaultRig.StartAsync(await postgres.Server.CreateDatabaseAsync(), beside: true);
        var load = rig.Load();
        await load.UntilAsync(200, TimeSpan.Zero, call => call.Paid);
        rig.Proxy.Freeze();

        // The barrier waits until the server that is cut off admits nobody any more.
        var answer = await Repeats.WhileUnavailableAsync(() => rig.Servers[1].DeleteAsync("/api/governance/virtual-keys/wide"));
        Assert.True(answer.Status == 200, answer.Body);
        var revoked = SteadyLoad.Now;
        await load.UntilAsync(20, revoked, call => call.Secret == FaultRig.Wide);
        await load.UntilAsync(1, revoked, call => call.Unavailable);
        rig.Proxy.Heal();
        await load.UntilAsync(40, SteadyLoad.Now, call => (call.Secret, call.Status) == (FaultRig.Wide, 403));
        await load.StopAsync();
        Assert.All(
            load.Calls.Where(call => call.Began > revoked && call.Secret == FaultRig.Wide),
            call => Assert.True(call.Status == 403 || call.Type == "rate_limited" || call.Unavailable, call.ToString()));
        Assert.Contains(load.Calls, call => call.Began > revoked && call.Unavailable);
        foreach (var server in rig.Servers) await KnowsItAsync(server);

        // What was in doubt while it was away, it has told by now.
        await rig.BalanceAsync(load, revoked: true);
    }

    /// <summary>The server that was cut off may still be on its way back; then it refuses everybody.</summary>
    private static async Task KnowsItAsync(AdminServer server)
    {
        var status = await Eventually.UntilAsync(() => server.CallAsync(FaultRig.Wide), status => status is not (503 or 429), status => $"{status}");
        Assert.Equal(403, status);
    }

    private static async Task FailsClosedAsync(FaultRig started, Action<PostgresProxy> fault)
    {
        await using var rig = started;
        var load = rig.Load();
        await load.UntilAsync(100, TimeSpan.Zero, call => call.Paid);
        fault(rig.Proxy);
        var closed = SteadyLoad.Now + s_failsClosed;
        await load.UntilAsync(50, closed, _ => true);
        Assert.All(load.Calls.Where(call => call.Began > closed), call => Assert.True(call.Unavailable, call.ToString()));
        rig.Proxy.Heal();
        await load.UntilAsync(50, SteadyLoad.Now, call => call.Paid);
        await load.StopAsync();
        await rig.BalanceAsync(load);
    }

    /// <summary>What was done and not told is not done twice.</summary>
    private static async Task LosesAnswersAsync(FaultRig started)
    {
        await using var rig = started;
        var load = rig.Load();
        await load.UntilAsync(50, TimeSpan.Zero, call => call.Paid);
        rig.Proxy.LoseAnswers();
        do await load.UntilAsync(200, SteadyLoad.Now, call => call.Paid);
        while (rig.Proxy.Lost < 10);
        rig.Proxy.Heal();
        await load.UntilAsync(50, SteadyLoad.Now, call => call.Paid);
        await load.StopAsync();
        await rig.BalanceAsync(load);
    }

    private static async Task ComesLateAsync(FaultRig started)
    {
        await using var rig = started;
        var load = rig.Load();
        await load.UntilAsync(20, TimeSpan.Zero, _ => true);
        Assert.All(load.Calls, call => Assert.True(call.Unavailable, call.ToString()));
        rig.Proxy.Heal();
        await load.UntilAsync(50, SteadyLoad.Now, call => call.Paid);
        await load.StopAsync();
        await rig.BalanceAsync(load);
    }

    private static async Task RestartAsync(Func<PostgresServer, Task> end)
    {
        await using var database = await PostgresServer.StartAsync(PostgresServer.FindBinaries()!);
        await using var rig = await FaultRig.StartAsync(await database.CreateDatabaseAsync());
        var load = rig.Load();
        await load.UntilAsync(100, TimeSpan.Zero, call => call.Paid);
        await end(database);
        await load.UntilAsync(10, SteadyLoad.Now, call => call.Unavailable);
        await database.StartAsync();
        await load.UntilAsync(50, SteadyLoad.Now, call => call.Paid);
        await load.StopAsync();
        await rig.BalanceAsync(load);
    }

    private async Task<FaultRig> StartAsync(bool cut = false) => await FaultRig.StartAsync(await postgres.Server.CreateDatabaseAsync(), cut: cut);
}
