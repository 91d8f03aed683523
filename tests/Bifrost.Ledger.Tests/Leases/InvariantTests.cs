using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Ledger.Tests.Leases;

/// <summary>What the ledger checks of itself in production: silent while all is well, and counted when it is not.</summary>
public sealed class InvariantTests
{
    [Fact]
    public void Nothing_is_counted_while_calls_hold_settle_overdraw_and_give_back()
    {
        var rig = new TableRig(1_000);
        for (var i = 0; i < 20; i++)
        {
            var attempt = rig.NewId();
            if (rig.Hold(100, attemptId: attempt).Admitted) _ = rig.Post(attempt, i % 3 == 0 ? 130 : 40);
            rig.Run();
            rig.Pass(1);
        }

        rig.Pass(60);
        rig.Run();
        Assert.All(InvariantWatch.All, one => Assert.Equal(0, rig.Table.Invariants.Violations(one)));
    }

    [Fact]
    public void A_grant_beyond_what_is_free_is_counted()
    {
        var clock = new FakeTimeProvider();
        var rig = new TableRig(store: new GenerousStore(clock), clock: clock);
        rig.Apply(new LedgerCatalogChange { Budgets = [TableRig.Budget("team", 1_000), TableRig.Budget("key", 1_000)] });
        rig.Beat();
        rig.Take();

        rig.Hold(900);

        Assert.Equal(1, rig.Table.Invariants.Violations(Invariant.GrantWithinLimit));
    }

    [Fact]
    public void A_hold_beyond_its_lease_is_counted()
    {
        var watch = new InvariantWatch();
        var attempts = new AttemptIndex(new LedgerOptions(), watch);
        var lease = Lease(granted: 10);
        attempts.Admit(new Attempt(Guid.CreateVersion7()) { Nanos = 10 }, lease, TimeSpan.Zero);
        Assert.Equal(0, watch.Violations(Invariant.HoldWithinLease));
        attempts.Admit(new Attempt(Guid.CreateVersion7()) { Nanos = 1 }, lease, TimeSpan.Zero);
        Assert.Equal(1, watch.Violations(Invariant.HoldWithinLease));
    }

    [Fact]
    public void A_hold_that_is_freed_twice_is_counted()
    {
        var rig = new TableRig(1_000);
        var attempt = rig.NewId();
        Assert.Null(rig.Ask(100, attemptId: attempt));
        var waiter = rig.LastWaiter!;
        rig.Run();
        waiter.Lease!.Settle(100, 0, rig.Now);

        _ = rig.Post(attempt, 50);

        Assert.Equal(1, rig.Table.Invariants.Violations(Invariant.HeldNotNegative));
    }

    [Fact]
    public void Entries_that_are_answered_at_another_cost_than_they_were_queued_are_counted()
    {
        var watch = new InvariantWatch();
        var attempts = new AttemptIndex(new LedgerOptions(), watch);
        var giveBacks = new GiveBackQueue();
        var queue = new EntryQueue(new LedgerOptions(), attempts, new LeaseRegister(giveBacks), giveBacks, watch);
        var id = Guid.CreateVersion7();
        _ = queue.Add(attempts.AddEnded(id), Entry(id, 50));
        var chunk = queue.Take()!;
        chunk.Entries[0] = Entry(id, 49);

        queue.Acknowledge(chunk, []);

        Assert.Equal(1, watch.Violations(Invariant.EntriesConserved));
    }

    [Fact]
    public async Task A_budget_that_the_store_would_bring_below_zero_is_counted_and_the_batch_repeated()
    {
        var clock = new FakeTimeProvider();
        await using var book = new LeaseBook(new BelowZeroStore(clock), new LedgerOptions(), clock, NullLogger<LeaseBook>.Instance);
        await book.StartAsync(default);
        var posted = book.PostAsync(Entry(Guid.CreateVersion7(), 5));
        for (var i = 0; i < 1_000 && !posted.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await posted;
        Assert.Equal(1, book.Invariants.Violations(Invariant.BudgetNotNegative));
    }

    private static Lease Lease(long granted)
    {
        var lease = new Lease(Guid.CreateVersion7(), Guid.CreateVersion7(), new ChainCredit(TableRig.Team, TimeSpan.Zero), null);
        lease.Open(new LeaseGranted(granted, 0, TimeSpan.FromSeconds(5)), TimeSpan.FromSeconds(5), TimeSpan.Zero);
        return lease;
    }

    private static LedgerEntry Entry(Guid id, long cost) => new()
    {
        AttemptId = id, Kind = LedgerEntryKind.Settle, VirtualKeyId = "k", Provider = "p", Model = "m", RequestId = "r", CostNanos = cost,
    };

    /// <summary>Says that it granted ten times as much as it did.</summary>
    private sealed class GenerousStore(TimeProvider time) : InMemoryLedgerStore(time)
    {
        public override async Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
        {
            var reply = await base.RunAsync(batch, cancellationToken);
            return reply with { Acquires = [.. reply.Acquires.Select(each => each is LeaseGranted granted ? granted with { GrantedNanos = granted.GrantedNanos * 10 } : each)] };
        }
    }

    /// <summary>Refuses its first batch as a transaction does that would bring a budget below zero.</summary>
    private sealed class BelowZeroStore(TimeProvider time) : InMemoryLedgerStore(time)
    {
        private bool _refused;

        public override Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
        {
            if (_refused) return base.RunAsync(batch, cancellationToken);
            _refused = true;
            throw new BudgetBelowZeroException("Below zero.");
        }
    }
}
