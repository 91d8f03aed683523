using Bifrost.Ledger.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Ledger;

/// <summary>What a database adds to the ledger's rules: values that no column holds, the barrier, and what admin pages read.</summary>
public abstract class LedgerDatabaseTests
{
    [Fact]
    public async Task A_post_that_no_counter_can_hold_harms_nobody_else()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        var reply = await harness.Ledger.RunAsync(
            new LedgerBatch
            {
                Posts =
                [
                    Commands.Entry(harness.NewId(), lease, 7), Commands.Entry(harness.NewId(), lease, long.MaxValue), Commands.Entry(harness.NewId(), lease, -1),
                ],
                Acquires = [Commands.Acquire(harness.NewId(), holder, 10, 10, budget)],
            },
            default);
        Assert.Equal([1, 2], reply.InvalidPosts.Select(post => post.Index));
        Assert.IsType<LeaseGranted>(Assert.Single(reply.Acquires));
        Assert.Equal(7, (await harness.NumbersAsync(budget)).PostedNanos);
    }

    [Fact]
    public async Task Odd_text_from_callers_does_not_turn_an_entry_away()
    {
        await using var harness = await StartAsync();
        var reply = await harness.PostAsync(Commands.Entry(harness.NewId(), null, 1) with { RequestId = "a\0b\uD800c", Model = "\U0001F9CA" });
        Assert.Empty(reply.InvalidPosts);
        var entry = Assert.Single(await harness.Store.LedgerReader.ReadEntriesAsync(new LedgerEntryQuery(), default));
        Assert.Equal(("a\uFFFDb\uFFFDc", "\U0001F9CA"), (entry.RequestId, entry.Model));
    }

    [Fact]
    public async Task The_barrier_waits_for_the_living_and_not_for_those_past_their_time()
    {
        await using var harness = await StartAsync();
        var (a, b) = (await harness.HolderAsync(), await harness.HolderAsync());
        await harness.BudgetAsync("b", 1);
        var version = (await harness.Ledger.HeartbeatAsync(a, LedgerLimits.HolderTtl, 0, default)).CatalogVersion;
        Assert.Equal(2, (await harness.Store.Catalog.ReadBehindAsync(version, default)).Length);
        await harness.Ledger.HeartbeatAsync(a, LedgerLimits.HolderTtl, version, default);
        Assert.Equal([new Bifrost.Catalog.Store.HolderBehind(b, 0, 5_000)], await harness.Store.Catalog.ReadBehindAsync(version, default));
        await harness.AdvanceAsync(TimeSpan.FromMilliseconds(5_001));
        Assert.Empty(await harness.Store.Catalog.ReadBehindAsync(version, default));
    }

    [Fact]
    public async Task Pages_of_entries_follow_their_filters()
    {
        await using var harness = await StartAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 10; i++)
        {
            var entry = Commands.Entry(harness.NewId(), null, i) with { Model = i % 2 == 0 ? "even" : "odd", Status = i < 5 ? 200 : 500 };
            await harness.PostAsync(entry);
            ids.Insert(0, entry.AttemptId);
            await harness.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        var reader = harness.Store.LedgerReader;
        var first = await reader.ReadEntriesAsync(new LedgerEntryQuery { CountMax = 4 }, default);
        var second = await reader.ReadEntriesAsync(new LedgerEntryQuery { CountMax = 4, Before = first[^1].AttemptId }, default);
        Assert.Equal(ids[..8], first.Concat(second).Select(e => e.AttemptId));
        var query = new LedgerEntryQuery
        {
            VirtualKeyId = Commands.Key, TeamId = "team_1", Provider = "sim", Model = "odd", Status = 500, Kind = LedgerEntryKind.Settle,
            From = StoreHarness.Start.AddSeconds(7), To = StoreHarness.Start.AddSeconds(9),
        };
        var found = Assert.Single(await reader.ReadEntriesAsync(query, default));
        Assert.Equal((7, StoreHarness.Start.AddSeconds(7), 20), (found.CostNanos, found.At, found.Usage.CompletionTokens));
        Assert.Empty(await reader.ReadEntriesAsync(query with { CustomerId = "none" }, default));
    }

    [Fact]
    public async Task Leases_in_doubt_are_listed_with_their_chain()
    {
        await using var harness = await StartAsync();
        var (budget, holder, lease) = (await harness.BudgetAsync("b \"quoted\"", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        Assert.Empty(await harness.Store.LedgerReader.ReadLeasesAsync(LeaseState.Doubt, null, 10, default));
        await harness.GiveBackAsync(GiveBack.Doubt(lease));
        var found = Assert.Single(await harness.Store.LedgerReader.ReadLeasesAsync(LeaseState.Doubt, null, 10, default));
        Assert.Equal((lease, (Guid?)holder, 100, (DateTimeOffset?)harness.Now), (found.Id, found.HolderId, found.UnsettledNanos, found.DoubtAt));
        Assert.Equal([new LeaseBudget(budget, StoreHarness.Start)], found.Chain);
        Assert.Empty(await harness.Store.LedgerReader.ReadLeasesAsync(LeaseState.Doubt, lease, 10, default));
    }

    private protected abstract Task<StoreHarness> StartAsync();
}

public sealed class SqliteLedgerDatabaseTests : LedgerDatabaseTests
{
    private protected override Task<StoreHarness> StartAsync() => Task.FromResult<StoreHarness>(new SqliteHarness());
}

public sealed class PostgresLedgerDatabaseTests(PostgresFixture postgres) : LedgerDatabaseTests
{
    private protected override async Task<StoreHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
