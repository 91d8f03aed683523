using Bifrost.Chat.Usage;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Ledger;

/// <summary>Batches of entries as long as a busy silo's, which the stores write many rows a statement.</summary>
public abstract class ManyEntriesTests
{
    [Fact]
    public async Task Counts_each_attempt_of_a_long_batch_once_wherever_the_known_ones_stand()
    {
        await using var harness = await StartAsync();
        var (holder, leases) = (await harness.HolderAsync(), new[] { harness.NewId(), harness.NewId() });
        await harness.BudgetAsync("both", 1_000_000);
        await harness.BudgetAsync("second", 1_000_000);
        await harness.AcquireAsync(leases[0], holder, 10_000, 10_000, "both");
        await harness.AcquireAsync(leases[1], holder, 10_000, 10_000, "both", "second");
        var entries = Enumerable.Range(0, 150).Select(i => Commands.Entry(harness.NewId(), leases[i % 2], i)).ToList();

        // Known are the first of a statement, its last, one in its midst, two in a row, and one that this batch holds twice.
        await harness.PostAsync(entries[0], entries[31], entries[70], entries[71], entries[149]);
        entries.Insert(100, entries[90]);
        var reply = await harness.PostAsync([.. entries]);
        Assert.Empty(reply.InvalidPosts);
        await harness.PostAsync([.. entries]);

        var costs = Enumerable.Range(0, 150).ToList();
        Assert.Equal(costs.Sum(), (await harness.NumbersAsync("both")).PostedNanos);
        Assert.Equal(costs.Where(i => i % 2 == 1).Sum(), (await harness.NumbersAsync("second")).PostedNanos);
        var found = await harness.Store.LedgerReader.ReadEntriesAsync(new LedgerEntryQuery { CountMax = 1_000 }, default);
        Assert.Equal(costs, found.Select(entry => (int)entry.CostNanos).Order());
        new LedgerInvariants().Check(await harness.ReadStateAsync());
    }

    [Fact]
    public async Task Entries_come_back_as_they_were_posted_however_long_their_texts()
    {
        await using var harness = await StartAsync();
        var entries = Enumerable.Range(0, 40).Select(i => Commands.Entry(harness.NewId(), i % 3 == 0 ? harness.NewId() : null, i) with
        {
            RequestId = i % 4 == 0 ? new string((char)('a' + (i % 26)), 900) : i % 4 == 1 ? "" : $"Größe {i}",
            CustomerId = i % 2 == 0 ? null : $"customer {i}",
            JobId = i % 5 == 0 ? $"job {i}" : null,
            Kind = (LedgerEntryKind)(i % 2),
            Estimated = i % 2 == 0,
            Unpriced = i % 3 == 0,
            ReportedNanos = i % 2 == 0 ? null : i,
            Usage = new TokenUsage { PromptTokens = 10, CompletionTokens = 20, CachedReadTokens = 1, CachedWriteTokens = 2 * i, CachedWriteLongTokens = i, SearchQueries = 2 },
        }).ToList();
        await harness.PostAsync([.. entries]);
        var found = await harness.Store.LedgerReader.ReadEntriesAsync(new LedgerEntryQuery { CountMax = 100 }, default);
        Assert.Equal(entries.OrderBy(entry => entry.CostNanos), found.Select(entry => entry with { At = default }).OrderBy(entry => entry.CostNanos));
    }

    private protected abstract Task<StoreHarness> StartAsync();
}

public sealed class SqliteManyEntriesTests : ManyEntriesTests
{
    private protected override Task<StoreHarness> StartAsync() => Task.FromResult<StoreHarness>(new SqliteHarness());
}

public sealed class PostgresManyEntriesTests(PostgresFixture postgres) : ManyEntriesTests
{
    private protected override async Task<StoreHarness> StartAsync() => await PostgresHarness.StartAsync(postgres.Server);
}
