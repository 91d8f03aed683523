namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// Many callers at once and room for some of them, at each level that can have a limit: never more pass than there is room for, and all who
/// can be paid are paid.
/// </summary>
public sealed class NAtOnce(PostgresFixture postgres, ITestOutputHelper output)
{
    /// <summary>The largest crowds come by twos, for the sake of their sockets.</summary>
    private const int CallersAtOnce = 4_000;

    private static readonly int[] s_callers = [20, 200, 2_000];

    [Fact]
    public Task A_budget_pays_all_it_can_and_no_more_on_one_server() => ProveMoneyAsync(null);

    [Fact]
    public async Task A_budget_pays_all_it_can_and_no_more_on_two_servers_of_one_store() => await ProveMoneyAsync(await postgres.Server.CreateDatabaseAsync());

    [Fact]
    public async Task A_request_window_passes_exactly_its_limit()
    {
        var crowds = s_callers.SelectMany(callers => Levels.Select(level => new Crowd(level, CrowdLimit.Requests, callers, callers / 4))).ToList();
        await using var rig = await CrowdRig.StartAsync(crowds, null);
        await ForEachAsync(crowds, async crowd =>
        {
            var ends = await rig.CallAsync(crowd);
            output.WriteLine($"{crowd.Name}: {ends}");
            Assert.True(
                (ends.Billed, ends.Of(CrowdEnd.Paid), ends.Of(CrowdEnd.WindowIsFull)) == (crowd.Room, crowd.Room, crowd.Callers - crowd.Room),
                $"{crowd.Name}, room for {crowd.Room}: {ends}");
        });
    }

    /// <summary>Calls hold their prompt's estimate besides, and some three times as much output; what they did not use lets others pass.</summary>
    [Fact]
    public async Task A_token_window_passes_all_that_fit_and_no_more()
    {
        var crowds = Levels.SelectMany(level => new[] { 20, 200 }.Select(callers => new Crowd(level, CrowdLimit.Tokens, callers, callers / 4)))
            .Concat(Levels.Select(level => new Crowd(level, CrowdLimit.Tokens, 100, 25, HoldInCosts: 3)))
            .Concat([new Crowd(CrowdLevel.Key, CrowdLimit.Tokens, 2_000, 500), new Crowd(CrowdLevel.Team, CrowdLimit.Tokens, 2_000, 500)]).ToList();
        await using var rig = await CrowdRig.StartAsync(crowds, null);
        await ForEachAsync(crowds, async crowd =>
        {
            var ends = await rig.CallAsync(crowd);
            output.WriteLine($"{crowd.Name}: {ends}");
            Assert.True(
                (ends.Billed, ends.Of(CrowdEnd.Paid), ends.Of(CrowdEnd.WindowIsFull)) == (crowd.Payable, crowd.Payable, crowd.Callers - crowd.Payable),
                $"{crowd.Name}, {crowd.Payable} fit: {ends}");
        });
    }

    /// <summary>While calls hold what they cost; and, of smaller crowds, while they hold three times as much.</summary>
    private async Task ProveMoneyAsync(string? twoServersStore)
    {
        var crowds = s_callers.SelectMany(callers => Levels.Select(level => new Crowd(level, CrowdLimit.Budget, callers, callers / 4)))
            .Concat(Levels.Select(level => new Crowd(level, CrowdLimit.Budget, 100, 25, HoldInCosts: 3))).OrderBy(crowd => crowd.Callers).ToList();
        await using var rig = await CrowdRig.StartAsync(crowds, twoServersStore);
        await ForEachAsync(crowds, async crowd =>
        {
            var ends = await rig.CallAsync(crowd);
            output.WriteLine($"{crowd.Name}: {ends}");
            Assert.True(
                (ends.Billed, ends.Of(CrowdEnd.Paid), ends.Of(CrowdEnd.Exceeded)) == (crowd.Payable, crowd.Payable, crowd.Callers - crowd.Payable),
                $"{crowd.Name}, {crowd.Payable} can be paid: {ends}");
        });
        foreach (var crowd in crowds)
        {
            Assert.Equal((crowd.Name, crowd.Payable * Crowd.CostNanos), (crowd.Name, await rig.PostedAsync(crowd)));
            var entries = await rig.EntriesAsync(crowd);
            Assert.Equal((crowd.Name, crowd.Payable), (crowd.Name, entries.Count));
            Assert.All(entries, cost => Assert.Equal(Crowd.CostNanos, cost));
        }
    }

    private static IEnumerable<CrowdLevel> Levels => Enum.GetValues<CrowdLevel>();

    private static async Task ForEachAsync(List<Crowd> crowds, Func<Crowd, Task> prove)
    {
        for (var done = 0; done < crowds.Count;)
        {
            var room = CallersAtOnce;
            var together = crowds.Skip(done).TakeWhile(crowd => (room -= crowd.Callers) >= 0).ToList();
            done += together.Count;
            await Task.WhenAll(together.Select(prove));
        }
    }
}
