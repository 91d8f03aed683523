using System.Collections.Immutable;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Testing;

/// <summary>
/// The reference store: the commands of the ledger on plain dictionaries, every transaction atomic, its invariants asserted after each.
/// Real stores and the lease book are tested against it.
/// </summary>
internal sealed partial class ModelLedger(TimeProvider time) : ILedgerStore
{
    /// <summary>A rule left out on purpose, to see that somebody notices.</summary>
    public LedgerFlaw Flaw { get; set; }

    public Dictionary<string, ModelBudget> Budgets { get; } = new(StringComparer.Ordinal);
    public Dictionary<Guid, ModelLease> Leases { get; } = [];

    /// <summary>Leases that a sweep deleted, for those who count.</summary>
    public Dictionary<Guid, ModelLease> Forgotten { get; } = [];

    /// <summary>Age at which leases that paid nothing are deleted.</summary>
    public TimeSpan UnusedLeaseKept { get; init; } = LedgerLimits.UnusedLeaseKept;

    public Dictionary<Guid, LedgerEntry> Entries { get; } = [];
    public Dictionary<Guid, ModelHolder> Holders { get; } = [];
    public Dictionary<string, bool> Keys { get; } = new(StringComparer.Ordinal);
    public long CatalogVersion { get; private set; }

    private DateTimeOffset T => time.GetUtcNow();

    public Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken)
    {
        Holders.TryAdd(holderId, new ModelHolder());
        return HeartbeatAsync(holderId, ttl, catalogSeen, cancellationToken);
    }

    public Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken)
    {
        if (!Holders.TryGetValue(holderId, out var holder) || holder.Dead) return Task.FromResult(new HolderReply(false, CatalogVersion, T));
        holder.SeenUntil = T + ttl;
        holder.CatalogSeen = Math.Max(holder.CatalogSeen, catalogSeen);
        return Task.FromResult(new HolderReply(true, CatalogVersion, T));
    }

    public Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
    {
        Assert(batch.Count <= LedgerLimits.BatchCommandsMax, "a batch has a limit");
        Post(batch.Posts);
        foreach (var giveBack in batch.GiveBacks) Give(giveBack);
        var acquires = ImmutableArray.CreateBuilder<AcquireReply>(batch.Acquires.Length);
        foreach (var acquire in batch.Acquires) acquires.Add(Acquire(acquire));
        CheckTouched();
        return Task.FromResult(new LedgerBatchReply { Now = T, Acquires = acquires.MoveToImmutable() });
    }

    public Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var died = 0;
        foreach (var holder in Holders.Values)
        {
            if (holder.Dead || holder.SeenUntil + grace >= T) continue;
            holder.Dead = true;
            died++;
        }

        var doubted = 0;
        foreach (var lease in Leases.Values)
        {
            if (doubted >= LedgerLimits.SweepLeasesMax) break;
            if (lease.State != LeaseState.Open || !Holders[lease.HolderId].Dead) continue;
            Doubt(lease);
            doubted++;
        }

        CheckTouched();
        return Task.FromResult(new SweepReply(died, doubted, Forget()));
    }

    /// <summary>The lease, also when it is deleted.</summary>
    public ModelLease LeaseOf(Guid id) => Forgotten.TryGetValue(id, out var forgotten) ? forgotten : Leases[id];

    /// <summary>An operator gives doubt up long before that age; here it may be short.</summary>
    private int Forget()
    {
        var old = Leases.Values.Where(l => l is { State: LeaseState.Closed, SettledNanos: 0, Released: false } && MayBeForgotten(l.Id)).ToList();
        foreach (var lease in old)
        {
            Leases.Remove(lease.Id);
            Forgotten.TryAdd(lease.Id, lease);
        }

        return old.Count;
    }

    private bool MayBeForgotten(Guid leaseId) => UuidTime.MadeAt(leaseId) < T - UnusedLeaseKept;

    public Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken)
    {
        if (!Leases.TryGetValue(leaseId, out var lease)) return Task.FromResult(ReleaseReply.Unknown);
        if (lease.State == LeaseState.Open) return Task.FromResult(ReleaseReply.NotInDoubt);
        if (lease.State == LeaseState.Doubt && T <= lease.DoubtAt + longestCall) return Task.FromResult(ReleaseReply.TooEarly);
        if (lease.State == LeaseState.Doubt) lease.Released = true;
        Give(GiveBack.Close(leaseId));
        CheckTouched();
        return Task.FromResult(ReleaseReply.Released);
    }

    public Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken)
    {
        if (Entries.ContainsKey(entry.AttemptId)) return Task.FromResult(AdjustReply.Booked);
        ModelLease? lease = null;
        if (entry.LeaseId is { } id && !Leases.TryGetValue(id, out lease)) return Task.FromResult(AdjustReply.UnknownLease);
        if (lease is not null && lease.SettledNanos + entry.CostNanos < 0) return Task.FromResult(AdjustReply.BelowZero);
        Entries.Add(entry.AttemptId, entry with { At = T });
        if (lease is not null)
        {
            lease.CorrectedUpNanos += Math.Max(0, entry.CostNanos);
            Settle(lease, entry.CostNanos);
        }

        CheckTouched();
        return Task.FromResult(AdjustReply.Booked);
    }

    public Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken)
    {
        var moved = false;
        foreach (var definition in change.Budgets)
        {
            if (!Budgets.TryGetValue(definition.Id, out var budget))
            {
                budget = new ModelBudget(definition, WindowClock.First(definition.Period, T));
                Budgets.Add(definition.Id, budget);
                moved = true;
            }

            moved |= budget.Definition != definition || budget.Retired;
            budget.Definition = definition;
            budget.Retired = false;
            NoteLimit(budget);
        }

        foreach (var id in change.RetiredBudgetIds)
        {
            if (!Budgets.TryGetValue(id, out var budget) || budget.Retired) continue;
            budget.Retired = moved = true;
        }

        foreach (var key in change.Keys)
        {
            moved |= !Keys.TryGetValue(key.VirtualKeyId, out var active) || active != key.Active;
            Keys[key.VirtualKeyId] = key.Active;
        }

        if (moved) CatalogVersion++;
        CheckTouched();
        return Task.FromResult(CatalogVersion);
    }

    /// <summary>The barrier: true when every live holder has acknowledged a version or is past its time.</summary>
    public Task<bool> IsTakenAsync(long version, CancellationToken cancellationToken) =>
        Task.FromResult(Holders.Values.All(h => h.Dead || h.SeenUntil < T || h.CatalogSeen >= version));

    public Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken) =>
        Task.FromResult(budgetIds.Where(Budgets.ContainsKey).Select(id => NumbersOf(Budgets[id])).ToImmutableArray());

    private BudgetNumbers NumbersOf(ModelBudget budget)
    {
        var start = WindowClock.Current(budget.Definition.Period, budget.WindowStart, T);
        var live = start == budget.WindowStart;
        return new BudgetNumbers
        {
            BudgetId = budget.Definition.Id,
            Period = budget.Definition.Period,
            LimitNanos = budget.Definition.LimitNanos,
            PostedNanos = live ? budget.PostedNanos : 0,
            LeasedNanos = live ? budget.LeasedNanos : 0,
            DoubtNanos = live ? budget.DoubtNanos : 0,
            WindowStart = start,
            ResetsAt = WindowClock.End(budget.Definition.Period, start),
        };
    }
}
