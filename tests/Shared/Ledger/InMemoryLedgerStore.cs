using System.Collections.Immutable;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Testing;

/// <summary>
/// A ledger store whose tables are dictionaries: the product's own <see cref="LedgerTransaction"/> runs on its rows. What the databases do
/// in SQL (holders, sweeps, catalog changes) is done here in C#. For one thread; every task it answers is complete.
/// </summary>
internal class InMemoryLedgerStore(TimeProvider time) : ILedgerStore
{
    /// <summary>Called after every transaction with the rows that it wrote.</summary>
    public Action<LedgerChange>? Committed { get; init; }

    /// <summary>Which closed leases sweeps delete.</summary>
    public ForgottenLeases Forgotten { get; init; } = ForgottenLeases.Standard;

    public Dictionary<string, BudgetNumbers> Budgets { get; } = new(StringComparer.Ordinal);
    public HashSet<string> RetiredBudgets { get; } = new(StringComparer.Ordinal);
    public Dictionary<Guid, CreditLease> Leases { get; } = [];
    public Dictionary<Guid, LedgerEntry> Entries { get; } = [];
    public Dictionary<Guid, InMemoryHolder> Holders { get; } = [];
    public Dictionary<string, bool> Keys { get; } = new(StringComparer.Ordinal);
    public long CatalogVersion { get; private set; }

    /// <summary>The store's clock, in whole milliseconds like that of the databases.</summary>
    protected long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);

    public Task<HolderReply> RegisterHolderAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken)
    {
        Holders.TryAdd(holderId, new InMemoryHolder(DateTimeOffset.UnixEpoch, 0, Dead: false));
        return HeartbeatAsync(holderId, ttl, catalogSeen, cancellationToken);
    }

    public Task<HolderReply> HeartbeatAsync(Guid holderId, TimeSpan ttl, long catalogSeen, CancellationToken cancellationToken)
    {
        var alive = Holders.TryGetValue(holderId, out var holder) && !holder.Dead;
        if (alive) Holders[holderId] = holder with { SeenUntil = Now + ttl, CatalogSeen = Math.Max(holder.CatalogSeen, catalogSeen) };
        return Task.FromResult(new HolderReply(alive, CatalogVersion, Now));
    }

    public virtual Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Count > LedgerLimits.BatchCommandsMax) throw new LedgerBrokenException($"a batch of {batch.Count} commands");
        return Task.FromResult(InTransaction((transaction, _) => transaction.Run(batch)));
    }

    public Task<SweepReply> SweepAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var died = Holders.Where(holder => !holder.Value.Dead && holder.Value.SeenUntil + grace < Now).ToList();
        foreach (var (id, holder) in died) Holders[id] = holder with { Dead = true };
        var doubted = OldestFirst(lease => lease.State == LeaseState.Open && Holders[lease.HolderId!.Value].Dead)
            .Select(lease => lease.Id).Take(LedgerLimits.SweepLeasesMax).ToList();
        InTransaction((transaction, rows) =>
        {
            foreach (var id in doubted) transaction.Doubt(rows.Lease(id)!);
            return doubted.Count;
        });
        return Task.FromResult(new SweepReply(died.Count, doubted.Count, Forget()));
    }

    public Task<ReleaseReply> ReleaseAsync(Guid leaseId, TimeSpan longestCall, CancellationToken cancellationToken) =>
        Task.FromResult(InTransaction((transaction, _) => transaction.Release(leaseId, (long)longestCall.TotalMilliseconds)));

    public Task<AdjustReply> AdjustAsync(LedgerEntry entry, CancellationToken cancellationToken) =>
        Task.FromResult(InTransaction((transaction, _) => transaction.Adjust(entry with { Kind = LedgerEntryKind.Adjust })));

    public Task<long> ApplyAsync(LedgerCatalogChange change, CancellationToken cancellationToken)
    {
        var changes = 0;
        foreach (var budget in change.Budgets) changes += Define(budget) ? 1 : 0;
        foreach (var id in change.RetiredBudgetIds) changes += Budgets.ContainsKey(id) && RetiredBudgets.Add(id) ? 1 : 0;
        foreach (var key in change.Keys)
        {
            if (Keys.TryGetValue(key.VirtualKeyId, out var active) && active == key.Active) continue;
            Keys[key.VirtualKeyId] = key.Active;
            changes++;
        }

        if (changes > 0) CatalogVersion++;
        Committed?.Invoke(new LedgerChange { Budgets = [.. change.Budgets.Select(budget => Budgets[budget.Id])] });
        return Task.FromResult(CatalogVersion);
    }

    /// <summary>The barrier: true when every live holder has acknowledged a version or is past its time.</summary>
    public Task<bool> IsTakenAsync(long version, CancellationToken cancellationToken) =>
        Task.FromResult(Holders.Values.All(holder => holder.Dead || holder.SeenUntil < Now || holder.CatalogSeen >= version));

    public Task<ImmutableArray<BudgetNumbers>> ReadBudgetsAsync(ImmutableArray<string> budgetIds, CancellationToken cancellationToken)
    {
        var rows = new InMemoryLedgerRows(this);
        var numbers = ImmutableArray.CreateBuilder<BudgetNumbers>(budgetIds.Length);
        foreach (var id in budgetIds)
        {
            if (rows.Budget(id) is not { } budget) continue;
            budget.Roll(NowMs);
            numbers.Add(budget.ToNumbers());
        }

        return Task.FromResult(numbers.DrainToImmutable());
    }

    /// <summary>Every row at this moment.</summary>
    public LedgerState ReadState() => new()
    {
        Budgets = [.. Budgets.Values],
        Leases = [.. Leases.Values],
        Entries = [.. Entries.Values.Select(PostedEntry.Of)],
    };

    protected virtual InMemoryLedgerRows OpenRows() => new(this);

    protected virtual LedgerTransaction Begin(ILedgerRows rows) => new(rows, NowMs, Forgotten);

    private T InTransaction<T>(Func<LedgerTransaction, ILedgerRows, T> commands)
    {
        var rows = OpenRows();
        var result = commands(Begin(rows), rows);
        var change = rows.Commit();
        Committed?.Invoke(change);
        return result;
    }

    /// <summary>True when a budget is new, or was retired, or has a new limit. Its counters are not touched.</summary>
    private bool Define(BudgetDefinition definition)
    {
        if (Budgets.TryGetValue(definition.Id, out var budget))
        {
            Budgets[definition.Id] = budget with { LimitNanos = definition.LimitNanos };
            return RetiredBudgets.Remove(definition.Id) | budget.LimitNanos != definition.LimitNanos;
        }

        Budgets[definition.Id] = new BudgetRecord
        {
            Id = definition.Id,
            Period = definition.Period,
            LimitNanos = definition.LimitNanos,
            Retired = false,
            WindowStartMs = WindowClock.First(definition.Period, Now).ToUnixTimeMilliseconds(),
            PostedNanos = 0,
            LeasedNanos = 0,
            DoubtNanos = 0,
        }.ToNumbers();
        return true;
    }

    /// <summary>By the time in the ids, not by their random part, so that a seed repeats.</summary>
    private IEnumerable<CreditLease> OldestFirst(Func<CreditLease, bool> which) => Leases.Values.Where(which).OrderBy(lease => UuidTime.MadeAt(lease.Id));

    private int Forget()
    {
        var (unused, used) = (Forgotten.UnusedBefore(NowMs), Forgotten.UsedBefore(NowMs));
        List<CreditLease> old =
        [
            .. OldestFirst(lease => lease is { State: LeaseState.Closed, SettledNanos: 0 } && lease.Id < unused).Take(LedgerLimits.SweepForgottenMax),
            .. OldestFirst(lease => lease is { State: LeaseState.Closed, SettledNanos: not 0 } && lease.Id < used).Take(LedgerLimits.SweepForgottenMax),
        ];
        foreach (var lease in old) Leases.Remove(lease.Id);
        Committed?.Invoke(new LedgerChange { Forgotten = [.. old] });
        return old.Count;
    }
}

/// <summary>A row of <see cref="InMemoryLedgerStore.Holders"/>.</summary>
internal readonly record struct InMemoryHolder(DateTimeOffset SeenUntil, long CatalogSeen, bool Dead);
