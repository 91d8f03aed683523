using System.Collections.Immutable;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Tests.Leases;
using CsCheck;

namespace Bifrost.Ledger.Tests.Rules;

/// <summary>What holds for every Acquire, whatever its chain has spent and holds, and whatever the caller says of itself.</summary>
public sealed class GrantProperties
{
    private const string Key = "k";
    private static readonly Guid s_holder = Guid.CreateVersion7();

    private static readonly Gen<Case> s_cases =
        from limits in Gen.Int[0, 5_000].Array[1, 4]
        from earlier in Gen.Select(Gen.Int[0, 15], Gen.Int[1, 2_000], Gen.Int[0, 2_500]).Array[0, 4]
        from need in Gen.Int[0, 6_000]
        from least in Gen.Int[1, 6_000]
        from want in Gen.Int[0, 20_000]
        from own in Gen.Int[0, 10_000]
        select new Case([.. limits], [.. earlier], Math.Min(least, need), need, want, own);

    [Fact]
    public void A_grant_lies_between_the_least_and_what_is_free() => s_cases.Sample(
        @case =>
        {
            var store = @case.Start();
            var free = @case.Free(store);
            var reply = Run(store, @case.Command());
            if (free < @case.Least)
            {
                Assert.Equal(AcquireRefusal.TooLittle, Assert.IsType<AcquireRefused>(reply).Reason);
                Assert.Equal(free, @case.Free(store));
                return;
            }

            var granted = Assert.IsType<LeaseGranted>(reply);
            Assert.Equal(free, granted.FreeNanos);
            Assert.InRange(granted.GrantedNanos, @case.Least, Math.Max(@case.Need, @case.Want));
            Assert.True(granted.GrantedNanos <= free, $"{granted.GrantedNanos} of {free}");
            Assert.Equal(free - granted.GrantedNanos, @case.Free(store));
        },
        iter: 5_000);

    [Fact]
    public void Less_than_the_need_is_granted_only_beyond_the_chains_share() => s_cases.Sample(
        @case =>
        {
            var store = @case.Start();
            var free = @case.Free(store);
            if (Run(store, @case.Command()) is not LeaseGranted granted || granted.GrantedNanos >= @case.Need) return;
            Assert.True((8 * (@case.Need + @case.Own)) > free + @case.Own, "the need was within the share");
            Assert.True(granted.GrantedNanos == @case.Least || 8 * (granted.GrantedNanos + @case.Own) <= free + @case.Own, "more than the share");
        },
        iter: 5_000);

    [Fact]
    public void Who_holds_more_is_granted_no_more() => s_cases.Sample(
        @case =>
        {
            var (poor, rich) = (@case.Start(), @case.Start());
            if (Run(poor, @case.Command() with { OwnNanos = 0 }) is not LeaseGranted most) return;
            Assert.True(Assert.IsType<LeaseGranted>(Run(rich, @case.Command())).GrantedNanos <= most.GrantedNanos);
        },
        iter: 2_000);

    [Fact]
    public void A_repeated_command_changes_nothing() => s_cases.Sample(
        @case =>
        {
            var store = @case.Start();
            var command = @case.Command();
            var first = Run(store, command);
            var before = store.ReadState().Text();
            var again = Run(store, command);
            Assert.Equal(before, store.ReadState().Text());
            if (first is LeaseGranted granted) Assert.Equal((granted.GrantedNanos, null), (Assert.IsType<LeaseGranted>(again).GrantedNanos, ((LeaseGranted)again).FreeNanos));
            else Assert.Equal(new LeaseNotOpen(LeaseState.Closed), again);
        },
        iter: 2_000);

    [Fact]
    public void What_a_caller_may_not_say_harms_no_budget() => Gen.Select(s_cases, Gen.Long, Gen.Long, Gen.Long).Sample(
        (@case, least, want, own) =>
        {
            var store = @case.Start();
            var free = @case.Free(store);
            Run(store, @case.Command() with { LeastNanos = least, WantNanos = want, OwnNanos = own });
            Assert.InRange(@case.Free(store), Math.Min(free, 0), free);
        },
        iter: 2_000);

    private static AcquireReply Run(InMemoryLedgerStore store, AcquireCommand command) =>
        TableRig.Finished(store.RunAsync(new LedgerBatch { Acquires = [command] }, default)).Acquires[0];

    /// <param name="Limits">Limit of each budget of the chain.</param>
    /// <param name="Earlier">Earlier leases: which budgets they were taken from (a bit each), what was granted, what of it was posted.</param>
    private sealed record Case(ImmutableArray<int> Limits, ImmutableArray<(int Chain, int Granted, int Posted)> Earlier, long Least, long Need, long Want, long Own)
    {
        private readonly FakeTimeProvider _clock = new();

        /// <summary>A store in which all that came earlier has happened; its invariants are checked after every transaction.</summary>
        public InMemoryLedgerStore Start()
        {
            var store = new InMemoryLedgerStore(_clock) { Committed = new LedgerInvariants().Check };
            TableRig.Finished(store.RegisterHolderAsync(s_holder, LedgerLimits.HolderTtl, 0, default));
            var budgets = Limits.Select((limit, i) => TableRig.Budget($"b{i}", limit));
            TableRig.Finished(store.ApplyAsync(new LedgerCatalogChange { Budgets = [.. budgets] }, default));
            foreach (var (chain, granted, posted) in Earlier)
            {
                var ids = Ids().Where((_, i) => (chain & (1 << i)) != 0).ToImmutableArray();
                if (ids.IsEmpty) continue;
                var acquire = Acquire(ids) with { LeastNanos = 1, NeedNanos = granted };
                Run(store, acquire);
                TableRig.Finished(store.RunAsync(new LedgerBatch { Posts = [Entry(acquire.LeaseId, posted)] }, default));
            }

            return store;
        }

        public AcquireCommand Command() => Acquire(Ids()) with { LeastNanos = Least, NeedNanos = Need, WantNanos = Want, OwnNanos = Own };

        public long Free(InMemoryLedgerStore store) => Ids().Min(id => store.Budgets[id].FreeNanos);

        private ImmutableArray<string> Ids() => [.. Enumerable.Range(0, Limits.Length).Select(i => $"b{i}")];

        private AcquireCommand Acquire(ImmutableArray<string> ids) => new()
        {
            LeaseId = Guid.CreateVersion7(_clock.GetUtcNow()), HolderId = s_holder, VirtualKeyId = Key, BudgetIds = ids, LeastNanos = 0, NeedNanos = 0, WantNanos = 0,
        };

        private LedgerEntry Entry(Guid lease, long cost) => new()
        {
            AttemptId = Guid.CreateVersion7(_clock.GetUtcNow()),
            LeaseId = lease,
            Kind = LedgerEntryKind.Settle,
            VirtualKeyId = Key,
            Provider = "p",
            Model = "m",
            RequestId = "r",
            CostNanos = cost,
        };
    }
}
