using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Ledger.Tests.Leases;

/// <summary>What the book says of the store: how fast it answers, how its clock stands, and what waits for it.</summary>
public sealed class StoreFigures
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Latency_and_clock_are_those_of_the_last_heartbeat_that_was_answered()
    {
        await using var book = new LeaseBook(new SlowStore(_time), new LedgerOptions(), _time, NullLogger<LeaseBook>.Instance);
        Assert.Null(book.Stats().StoreLatency);
        Assert.Null(book.Stats().ClockSkew);
        await book.StartAsync(default);
        await Eventually.UntilAsync(() => book.Stats().StoreReached);
        Assert.Equal(TimeSpan.FromMilliseconds(40), book.Stats().StoreLatency);
        Assert.Equal(TimeSpan.FromSeconds(3), book.Stats().ClockSkew);
    }

    [Fact]
    public async Task A_batch_lags_from_when_it_was_made_until_the_store_has_answered()
    {
        var store = new SlowStore(_time);
        await using var book = new LeaseBook(store, new LedgerOptions(), _time, NullLogger<LeaseBook>.Instance);
        await book.StartAsync(default);
        Assert.Equal(TimeSpan.Zero, book.Stats().BatchLag);
        var posted = book.PostAsync(new LedgerEntry
        {
            AttemptId = Uuid.New(_time), LeaseId = null, Kind = LedgerEntryKind.Settle, VirtualKeyId = "k", Provider = "p", Model = "m", RequestId = "r", CostNanos = 0,
        });
        await Eventually.RepeatAsync(() => _time.Advance(TimeSpan.FromMilliseconds(1)), () => store.Asked);
        var before = book.Stats().BatchLag;
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(before + TimeSpan.FromMilliseconds(500), book.Stats().BatchLag);
        store.Answer.SetResult();
        await posted.InTimeAsync();
        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(before + TimeSpan.FromMilliseconds(500), book.Stats().BatchLag);
    }

    /// <summary>Takes 40 ms for a heartbeat, has a clock 3 s ahead, and answers batches when the test says so.</summary>
    private sealed class SlowStore(FakeTimeProvider time) : InMemoryLedgerStore(time), ILedgerStore
    {
        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Asked { get; private set; }

        public new Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken) =>
            HeartbeatAsync(holderId, ttl, catalogSeen, cancellationToken);

        public new Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken)
        {
            time.Advance(TimeSpan.FromMilliseconds(20));
            var now = time.GetUtcNow() + TimeSpan.FromSeconds(3);
            time.Advance(TimeSpan.FromMilliseconds(20));
            return Task.FromResult(new HolderReply(true, 0, now));
        }

        public override async Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
        {
            Asked = true;
            await Answer.Task;
            return await base.RunAsync(batch, cancellationToken);
        }
    }
}
