using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Catalog;

/// <summary>Objects, budgets, seeding and audit on a real store.</summary>
public abstract class CatalogStoreTests
{
    private static readonly CatalogKey Key = new(CatalogKinds.VirtualKey, "vk_1");
    private static readonly WindowPeriod Day = new(1, PeriodUnit.Day, CalendarAligned: true);
    private static readonly WindowPeriod Hour = new(1, PeriodUnit.Hour, CalendarAligned: false);

    [Fact]
    public async Task Every_change_raises_the_version_and_is_seen_from_the_one_before()
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        Assert.Equal(1, (await catalog.ApplyAsync(Change(Item(Key, "one")), default)).Version);
        var commit = await catalog.ApplyAsync(Change(Item(new CatalogKey(CatalogKinds.Team, "t"), "team", Spec(Day, 5, id: "day"))), default);
        Assert.Equal(2, commit.Version);
        var all = await catalog.LoadAsync(0, default);
        Assert.Equal((2, 2, 1), (all.Version, all.Objects.Length, all.Budgets.Length));
        var beyond = await catalog.LoadAsync(1, default);
        var row = Assert.Single(beyond.Objects);
        Assert.Equal(("t", "team", true, false, 2), (row.Key.Id, Text(row.Json), row.Active, row.Deleted, row.Version));
        var budget = Assert.Single(beyond.Budgets);
        Assert.Equal(("day", BudgetLevel.VirtualKey, "owner", Day, 5), (budget.Id, budget.Level, budget.OwnerId, budget.Period, budget.LimitNanos));
        Assert.Empty((await catalog.LoadAsync(2, default)).Objects);
    }

    [Fact]
    public async Task A_change_that_was_decided_on_an_older_version_is_not_made()
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        await catalog.ApplyAsync(Change(Item(Key, "one")), default);
        var first = await catalog.ApplyAsync(Change(Item(Key, "two")) with { BaseVersion = 1 }, default);
        var late = await catalog.ApplyAsync(Change(Item(Key, "late")) with { BaseVersion = 1 }, default);
        Assert.Equal((2, false, 2, true), (first.Version, first.Stale, late.Version, late.Stale));
        Assert.Equal("two", Text(Assert.Single((await catalog.LoadAsync(0, default)).Objects).Json));
    }

    [Fact]
    public async Task Deleted_objects_are_told_to_those_who_have_them()
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        await catalog.ApplyAsync(Change(Item(Key, "one", Spec(Day, 5))), default);
        var commit = await catalog.ApplyAsync(new CatalogChange { Deletes = [Key, new CatalogKey(CatalogKinds.Team, "none")] }, default);
        Assert.Equal([Key], commit.Changed);
        Assert.Empty((await catalog.LoadAsync(0, default)).Objects);
        var beyond = await catalog.LoadAsync(1, default);
        var row = Assert.Single(beyond.Objects);
        Assert.Equal((true, false, 0), (row.Deleted, row.Active, row.Json.Length));
        Assert.True(Assert.Single(beyond.Budgets).Retired);
        Assert.Empty(await catalog.ReadBudgetsAsync(null, default));
    }

    [Fact]
    public async Task Budgets_match_by_period_and_keep_their_counters()
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        await catalog.ApplyAsync(Change(Item(Key, "one", Spec(Day, 1_000, id: "day"), Spec(Hour, 500, id: "hour"))), default);
        await SpendAsync(harness, 40, "day", "hour");
        await catalog.ApplyAsync(Change(Item(Key, "two", Spec(Day, 2_000, id: "another"))), default);
        var kept = Assert.Single(await catalog.ReadBudgetsAsync(Key, default));
        Assert.Equal(("day", 2_000, 40, 60), (kept.Budget.Id, kept.Budget.LimitNanos, kept.PostedNanos, kept.LeasedNanos));
        await catalog.ApplyAsync(Change(Item(Key, "three", Spec(Day, 2_000), Spec(Hour, 700))), default);
        var back = (await catalog.ReadBudgetsAsync(Key, default)).Single(b => b.Budget.Period == Hour);
        Assert.Equal(("hour", 700, 40), (back.Budget.Id, back.Budget.LimitNanos, back.PostedNanos));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Spend_was_forgotten_when_windows_moved_onto_the_calendar_or_off_it(bool onto)
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        await harness.AdvanceAsync(TimeSpan.FromHours(12));
        var turned = Day with { CalendarAligned = onto };
        await catalog.ApplyAsync(Change(Item(Key, "one", Spec(Day with { CalendarAligned = !onto }, 1_000, id: "day"))), default);
        await SpendAsync(harness, 40, "day");
        await catalog.ApplyAsync(Change(Item(Key, "two", Spec(turned, 2_000, id: "another"))), default);
        var kept = Assert.Single(await catalog.ReadBudgetsAsync(Key, default));
        Assert.Equal(("day", turned, 2_000, 40, 60), (kept.Budget.Id, kept.Budget.Period, kept.Budget.LimitNanos, kept.PostedNanos, kept.LeasedNanos));

        // From then on its windows end by the new rule: at midnight, or after a day of its own.
        Assert.Equal(StoreHarness.Start.AddDays(1), (await harness.NumbersAsync("day")).ResetsAt);
        await harness.AdvanceAsync(TimeSpan.FromHours(12));
        Assert.Equal((0, 0), ((await harness.NumbersAsync("day")).PostedNanos, (await harness.NumbersAsync("day")).LeasedNanos));
    }

    [Fact]
    public async Task A_budget_of_either_alignment_keeps_to_itself_where_an_owner_has_both()
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        var rolling = Day with { CalendarAligned = false };
        await catalog.ApplyAsync(Change(Item(Key, "one", Spec(Day, 1_000, id: "calendar"), Spec(rolling, 1_000, id: "rolling"))), default);
        await SpendAsync(harness, 40, "rolling");
        await catalog.ApplyAsync(Change(Item(Key, "two", Spec(rolling, 3_000))), default);
        await catalog.ApplyAsync(Change(Item(Key, "three", Spec(Day, 4_000), Spec(rolling, 3_000))), default);
        var both = (await catalog.ReadBudgetsAsync(Key, default)).ToDictionary(one => one.Budget.Id, one => (one.Budget.LimitNanos, one.PostedNanos));
        Assert.Equal([("calendar", (4_000, 0)), ("rolling", (3_000, 40))], both.OrderBy(one => one.Key).Select(one => (one.Key, one.Value)));
    }

    [Fact]
    public async Task An_object_written_without_budgets_keeps_those_it_has()
    {
        await using var harness = await StartAsync();
        await harness.Store.Catalog.ApplyAsync(Change(Item(Key, "one", Spec(Day, 1_000))), default);
        await harness.Store.Catalog.ApplyAsync(Change(Item(Key, "two")), default);
        Assert.Single(await harness.Store.Catalog.ReadBudgetsAsync(Key, default));
        await harness.Store.Catalog.ApplyAsync(Change(Item(Key, "three") with { Budgets = [] }), default);
        Assert.Empty(await harness.Store.Catalog.ReadBudgetsAsync(Key, default));
    }

    [Fact]
    public async Task A_taken_budget_id_gets_another_one()
    {
        await using var harness = await StartAsync();
        await harness.Store.Catalog.ApplyAsync(Change(Item(Key, "one", Spec(Day, 1, id: "b"))), default);
        var other = new CatalogKey(CatalogKinds.Team, "t");
        await harness.Store.Catalog.ApplyAsync(Change(Item(other, "two", Spec(Day, 2, id: "b"))), default);
        Assert.NotEqual("b", Assert.Single(await harness.Store.Catalog.ReadBudgetsAsync(other, default)).Budget.Id);
        Assert.Equal(1, Assert.Single(await harness.Store.Catalog.ReadBudgetsAsync(Key, default)).Budget.LimitNanos);
    }

    [Fact]
    public async Task An_inactive_or_deleted_key_is_granted_nothing()
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        await catalog.ApplyAsync(Change(Item(Key, "one", Spec(Day, 1_000, id: "day"))), default);
        Assert.IsType<LeaseGranted>(await GrantAsync(harness));
        await catalog.ApplyAsync(Change(Item(Key, "one") with { Active = false }), default);
        Assert.Equal(AcquireRefusal.KeyInactive, Assert.IsType<AcquireRefused>(await GrantAsync(harness)).Reason);
        await catalog.ApplyAsync(Change(Item(Key, "one")), default);
        Assert.IsType<LeaseGranted>(await GrantAsync(harness));
        await catalog.ApplyAsync(new CatalogChange { Deletes = [Key] }, default);
        Assert.Equal(AcquireRefusal.KeyInactive, Assert.IsType<AcquireRefused>(await GrantAsync(harness)).Reason);
    }

    [Fact]
    public async Task A_file_is_applied_object_by_object_by_its_hash()
    {
        await using var harness = await StartAsync();
        var catalog = harness.Store.Catalog;
        var team = new CatalogKey(CatalogKinds.Team, "t");
        var seeds = ImmutableArray.Create(Seed(Key, "file", 1, Spec(Day, 1_000, id: "day")), Seed(team, "file", 2));
        Assert.Equal([Key, team], (await catalog.SeedAsync(seeds, default)).Changed);
        await SpendAsync(harness, 40, "day");
        Assert.Equal((1, 0), await SeedAgainAsync(seeds));

        // An admin's change and deletion stand against an unchanged file.
        await catalog.ApplyAsync(Change(Item(Key, "admin", Spec(Day, 5_000))) with { Deletes = [team] }, default);
        Assert.Equal((2, 0), await SeedAgainAsync(seeds));
        Assert.Equal("admin", Text(Assert.Single((await catalog.LoadAsync(0, default)).Objects).Json));

        // A changed object of the file wins; what was deleted stays deleted; counters stay.
        Assert.Equal((3, 1), await SeedAgainAsync([Seed(Key, "file 2", 3, Spec(Day, 3_000)), Seed(team, "file 2", 4)]));
        var all = await catalog.LoadAsync(0, default);
        Assert.Equal("file 2", Text(Assert.Single(all.Objects).Json));
        var counters = Assert.Single(await catalog.ReadBudgetsAsync(Key, default));
        Assert.Equal(("day", 3_000, 40), (counters.Budget.Id, counters.Budget.LimitNanos, counters.PostedNanos));

        async Task<(long, int)> SeedAgainAsync(ImmutableArray<CatalogSeed> again)
        {
            var commit = await catalog.SeedAsync(again, default);
            return (commit.Version, commit.Changed.Length);
        }
    }

    [Fact]
    public async Task Audit_entries_are_added_once_and_read_newest_first()
    {
        await using var harness = await StartAsync();
        var entries = Enumerable.Range(0, 3).Select(i => new AuditEntry
        {
            Id = Guid.CreateVersion7(harness.Now.AddSeconds(i)), At = harness.Now.AddSeconds(i), Actor = "admin", Action = "update", Target = Key, Detail = $"{i}",
        }).ToImmutableArray();
        await harness.Store.Catalog.ApplyAsync(new CatalogChange { Audit = entries }, default);
        await harness.Store.Catalog.ApplyAsync(new CatalogChange { Audit = entries }, default);
        Assert.Equal(entries.Reverse(), await harness.Store.Catalog.ReadAuditAsync(null, 10, default));
        Assert.Equal([entries[0]], await harness.Store.Catalog.ReadAuditAsync(entries[1].Id, 10, default));
    }

    [Fact]
    public async Task An_acknowledgement_never_moves_back()
    {
        await using var harness = await StartAsync();
        var holder = await harness.HolderAsync();
        await harness.Store.Catalog.AcknowledgeAsync(holder, 3, default);
        await harness.Store.Catalog.AcknowledgeAsync(holder, 2, default);
        await harness.Ledger.HeartbeatAsync(holder, LedgerLimits.HolderTtl, 1, default);
        Assert.Empty(await harness.Store.Catalog.ReadBehindAsync(3, default));
        Assert.Equal([new HolderBehind(holder, 3, 5_000)], await harness.Store.Catalog.ReadBehindAsync(4, default));
    }

    private protected abstract Task<StoreHarness> StartAsync();

    private static async Task<AcquireReply> GrantAsync(StoreHarness harness) =>
        await harness.AcquireAsync(harness.NewId(), await harness.HolderAsync(), 10, 10, "day");

    private static async Task SpendAsync(StoreHarness harness, long cost, params string[] chain)
    {
        var lease = harness.NewId();
        Assert.IsType<LeaseGranted>(await harness.AcquireAsync(lease, await harness.HolderAsync(), 100, 100, chain));
        await harness.PostAsync(lease, cost);
    }

    private static CatalogChange Change(params CatalogObject[] items) => new() { Upserts = [.. items] };

    private static CatalogObject Item(CatalogKey key, string json, params BudgetSpec[] budgets) =>
        new() { Key = key, Json = Encoding.UTF8.GetBytes(json), Budgets = budgets.Length == 0 ? default : [.. budgets] };

    private protected static CatalogSeed Seed(CatalogKey key, string json, byte hash, params BudgetSpec[] budgets) => new(Item(key, json, budgets), [hash]);

    private static BudgetSpec Spec(WindowPeriod period, long limit, string? id = null) =>
        new() { Id = id, Level = BudgetLevel.VirtualKey, OwnerId = "owner", Period = period, LimitNanos = limit };

    private static string Text(ReadOnlyMemory<byte> json) => Encoding.UTF8.GetString(json.Span);
}

public sealed class SqliteCatalogStoreTests : CatalogStoreTests
{
    private protected override Task<StoreHarness> StartAsync() => Task.FromResult<StoreHarness>(new SqliteHarness());
}

public sealed class PostgresCatalogStoreTests(PostgresFixture postgres) : CatalogStoreTests
{
    /// <summary>One transaction of ten thousand keys took longer than it may, and began anew each time.</summary>
    [Fact]
    public async Task A_file_of_many_objects_never_got_in()
    {
        await using var harness = await StartAsync();
        var seeds = Enumerable.Range(0, (2 * PostgresCatalogStore.SeedsAtOnce) + 1)
            .Select(i => Seed(new CatalogKey(CatalogKinds.Team, $"t{i}"), "file", 1)).ToImmutableArray();

        var commit = await harness.Store.Catalog.SeedAsync(seeds, default);

        Assert.Equal((3, seeds.Length), (commit.Version, commit.Changed.Length));
        Assert.Equal(seeds.Length, (await harness.Store.Catalog.LoadAsync(0, default)).Objects.Length);
        Assert.Empty((await harness.Store.Catalog.SeedAsync(seeds, default)).Changed);
    }

    private protected override async Task<StoreHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
