using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Tests.Model;

/// <summary>
/// The ledger's protocol once more, as plainly as it can be said: one dictionary a table, no locks, no SQL, no code of the product's rules.
/// What the stores answer and hold is compared with it after every transaction. Times are milliseconds since the start.
/// </summary>
internal sealed class ModelLedger(IReadOnlyDictionary<string, long> periodsMs)
{
    public const long TermMs = 5_000;

    public Dictionary<string, ModelBudget> Budgets { get; } = [];
    public Dictionary<Guid, ModelLease> Leases { get; } = [];
    public Dictionary<Guid, (Guid Lease, long Cost)> Entries { get; } = [];
    public Dictionary<Guid, (long UntilMs, bool Dead)> Holders { get; } = [];
    public long NowMs { get; set; }

    public List<string> Run(LedgerBatch batch)
    {
        var told = batch.Posts.Where(entry => Post(entry.AttemptId, entry.LeaseId!.Value, entry.CostNanos, entry.HoldNanos)).ToList();
        foreach (var lease in told.Select(entry => Leases[entry.LeaseId!.Value]))
            if (lease is { IsOnItsOwn: true, Rest: 0 }) lease.State = LeaseState.Closed;
        foreach (var command in batch.GiveBacks)
        {
            if (command.Kind == GiveBackKind.Leave) Leave(command.LeaseId, command.Holds);
            else GiveBack(command.LeaseId, command.KeepNanos, command.Kind == GiveBackKind.Close);
        }

        return [.. batch.Acquires.Select(Acquire)];
    }

    public bool Beat(Guid holder, long ttlMs)
    {
        if (Holders[holder].Dead) return false;
        Holders[holder] = (NowMs + ttlMs, false);
        return true;
    }

    public int Sweep(long graceMs)
    {
        foreach (var (id, holder) in Holders.ToList())
            if (holder.UntilMs + graceMs < NowMs) Holders[id] = (holder.UntilMs, true);
        var doubted = Leases.Values.Where(l => l.State == LeaseState.Open && Holders[l.Holder].Dead).ToList();
        foreach (var lease in doubted) Doubt(lease);
        return doubted.Count;
    }

    public void GiveBack(Guid id, long keep, bool final)
    {
        if (!Leases.TryGetValue(id, out var lease))
        {
            Leases[id] = new ModelLease();
            return;
        }

        if (lease.State == LeaseState.Closed) return;
        var granted = Math.Min(lease.Granted, Math.Max(lease.Settled, final ? 0 : keep));
        var back = lease.Rest - Math.Max(0, granted - lease.Settled);
        foreach (var budget in Rows(lease)) Take(budget, lease.State, back);
        lease.Granted = granted;
        if (final) lease.State = LeaseState.Closed;
    }

    private void Leave(Guid id, IEnumerable<LeftHold> holds)
    {
        var running = holds.Where(hold => !Entries.ContainsKey(hold.AttemptId)).Sum(hold => hold.Nanos);
        var settled = Leases.TryGetValue(id, out var lease) ? lease.Settled : 0;
        GiveBack(id, settled + running, final: running == 0);
        Leases[id].Left = true;
    }

    /// <summary>True when it changed what its lease covers or has settled.</summary>
    private bool Post(Guid attempt, Guid id, long cost, long hold)
    {
        if (!Entries.TryAdd(attempt, (id, cost))) return false;
        if (!Leases.TryGetValue(id, out var lease)) lease = Leases[id] = new ModelLease();
        var before = lease.Rest;
        lease.Settled += cost;
        if (lease.IsOnItsOwn) lease.Granted = Math.Max(0, lease.Granted - Math.Max(0, hold - cost));
        var cover = lease.State == LeaseState.Closed ? 0 : before - lease.Rest;
        foreach (var budget in Rows(lease))
        {
            budget.Posted += cost;
            Take(budget, lease.State, cover);
        }

        return cost > 0 || (lease.IsOnItsOwn && hold > 0);
    }

    private string Acquire(AcquireCommand command)
    {
        if (Leases.TryGetValue(command.LeaseId, out var known))
            return known is { State: LeaseState.Open, Left: false }
                ? $"granted {known.Granted} settled {known.Settled} for {known.UntilMs - NowMs} of unknown"
                : $"not open {known.State}";
        if (!Holders.TryGetValue(command.HolderId, out var holder) || holder.Dead) return Refuse(command, AcquireRefusal.HolderDead);
        foreach (var id in command.BudgetIds) Roll(id);
        var free = command.BudgetIds.Min(id => Budgets[id].Free);
        var (least, need, want, own) = (command.LeastNanos, command.NeedNanos, command.WantNanos, command.OwnNanos);
        if (free < least) return Refuse(command, AcquireRefusal.TooLittle);

        // A chain holds an eighth of what it and the others could have, or the least that lets its call go on.
        var share = ((free + own) / 8) - own;
        if (share < least) share = least;
        var granted = need > share ? share : need + Math.Max(0, Math.Min(want - need, (free - need) / 64));
        var until = command.BudgetIds.Min(id => Math.Min(NowMs + TermMs, Budgets[id].WindowMs + periodsMs[id]));
        foreach (var id in command.BudgetIds) Budgets[id].Leased += granted;
        Leases[command.LeaseId] = new ModelLease
        {
            State = LeaseState.Open,
            Holder = command.HolderId,
            Granted = granted,
            UntilMs = until,
            Chain = [.. command.BudgetIds.Select(id => (id, Budgets[id].WindowMs))],
        };
        return $"granted {granted} settled 0 for {until - NowMs} of {free}";
    }

    private string Refuse(AcquireCommand command, AcquireRefusal why)
    {
        Leases[command.LeaseId] = new ModelLease { Holder = command.HolderId };
        return $"refused {why}";
    }

    private void Doubt(ModelLease lease)
    {
        foreach (var budget in Rows(lease)) (budget.Leased, budget.Doubt) = (budget.Leased - lease.Rest, budget.Doubt + lease.Rest);
        (lease.State, lease.DoubtAtMs) = (LeaseState.Doubt, NowMs);
    }

    private void Roll(string id)
    {
        var window = NowMs / periodsMs[id] * periodsMs[id];
        if (window > Budgets[id].WindowMs) Budgets[id] = new ModelBudget { Limit = Budgets[id].Limit, WindowMs = window };
    }

    private IEnumerable<ModelBudget> Rows(ModelLease lease) =>
        lease.Chain.Where(link => Budgets[link.Id].WindowMs == link.WindowMs).Select(link => Budgets[link.Id]);

    private static void Take(ModelBudget budget, LeaseState column, long nanos)
    {
        if (column == LeaseState.Open) budget.Leased -= nanos;
        if (column == LeaseState.Doubt) budget.Doubt -= nanos;
    }
}

internal sealed class ModelBudget
{
    public long Limit { get; set; }
    public long WindowMs { get; init; }
    public long Posted { get; set; }
    public long Leased { get; set; }
    public long Doubt { get; set; }
    public long Free => Limit - Posted - Leased - Doubt;
}

internal sealed class ModelLease
{
    public LeaseState State { get; set; } = LeaseState.Closed;
    public Guid Holder { get; init; }
    public List<(string Id, long WindowMs)> Chain { get; init; } = [];
    public long Granted { get; set; }
    public long Settled { get; set; }
    public long UntilMs { get; init; }
    public long? DoubtAtMs { get; set; }
    public bool Left { get; set; }
    public bool IsOnItsOwn => State == LeaseState.Doubt || (State == LeaseState.Open && Left);
    public long Rest => Math.Max(0, Granted - Settled);
}
