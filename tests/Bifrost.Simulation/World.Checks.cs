using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation;

internal sealed partial class World
{
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(8);

    private readonly LedgerInvariants _invariants = new();
    private readonly HashSet<Guid> _released = [];
    private readonly Dictionary<Guid, CreditLease> _forgotten = [];

    private void Committed(LedgerChange change)
    {
        foreach (var lease in change.Forgotten) _forgotten.TryAdd(lease.Id, lease);
        _invariants.Check(change);
    }

    /// <summary>The lease, also when a sweep deleted it.</summary>
    private CreditLease LeaseOf(Guid id) => _forgotten.TryGetValue(id, out var forgotten) ? forgotten : Store.Leases[id];

    /// <summary>The store is well again: on every silo, whatever a chain can really pay must be granted within a few seconds.</summary>
    private async Task ProbeAsync()
    {
        foreach (var chain in Chains)
        {
            if (chain.IsEmpty || _silos.Count == 0) continue;
            var silo = Pick(_silos);
            var until = Clock.GetUtcNow() + ProbeTime;
            while (true)
            {
                var (need, least) = (Payable(chain), LeastPayable(silo, chain));
                if (least < 1) break;
                var attemptId = NewId();
                var request = new HoldRequest(attemptId, chain, Keys[0], need, long.MaxValue) { LeastNanos = least };
                var reply = await silo.Book.HoldAsync(request, default);
                if (reply.Admitted)
                {
                    Observe(TryPostAsync(silo, EntryOf(attemptId, null, 0)));
                    break;
                }

                if (Clock.GetUtcNow() > until)
                {
                    Fail($"{chain} could pay {need}, at least {least}, yet for {ProbeTime} nobody was admitted: {reply.Refusal?.Message ?? "stale"}");
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(300), Clock);
            }
        }
    }

    /// <summary>What is left of a chain when only running calls hold credit.</summary>
    private long Payable(BudgetChain chain)
    {
        var payable = long.MaxValue;
        foreach (var id in chain.Ids)
        {
            var budget = Store.Budgets[id];
            var numbers = Finished.Value(Store.ReadBudgetsAsync([id], default))[0];
            var held = numbers.WindowStart == budget.WindowStart
                ? _bills.Where(b => (b.Running || b.Strayed) && (!b.Silo.Dead || b.Moved) && StandsOn(b.LeaseId, id, numbers.WindowStart)).Sum(b => b.HoldNanos)
                : 0;
            payable = Math.Min(payable, numbers.LeftNanos - held);
        }

        return payable;
    }

    /// <summary>What a call must be granted of it: all, or beside other calls of its chain on this silo, their part of what others share.</summary>
    private long LeastPayable(Silo silo, BudgetChain chain)
    {
        var (payable, own) = (Payable(chain), silo.Book.RoomOf(chain).OwnNanos);
        return own == 0 ? payable : Math.Min(payable, ((payable + own) / 4) - own);
    }

    private bool StandsOn(Guid leaseId, string budgetId, DateTimeOffset windowStart) =>
        Store.Leases.TryGetValue(leaseId, out var lease) && lease.Chain.Contains(new LeaseBudget(budgetId, windowStart));

    /// <summary>
    /// After quiet, the leases' term and a sweep: nothing is open, and doubt is left only by silos that could not tell the store of all, and by calls
    /// whose end was lost with the silo that they strayed to.
    /// </summary>
    private async Task CheckQuietAsync()
    {
        _invariants.Check(Store.ReadState());
        var untold = _bills.Where(b => !Store.Entries.ContainsKey(b.AttemptId)).Select(b => b.LeaseId).ToHashSet();
        foreach (var lease in Store.Leases.Values)
        {
            Must(lease.State != LeaseState.Open, $"lease {lease.Id} is still open");
            if (lease.State != LeaseState.Doubt || SiloOfHolder[lease.HolderId!.Value] is { Dead: true, ToldAll: false }) continue;
            Must(untold.Contains(lease.Id), $"lease {lease.Id} is in doubt although its silo lives or told all");
        }

        foreach (var silo in _silos)
        {
            var stats = silo.Book.Stats();
            Must(InvariantWatch.All.Sum(silo.Book.Invariants.Violations) == 0, "what a silo checks of itself holds");
            Must(stats.MayAdmit, "a living silo admits again");
            Must(stats is { Leases: 0, Holds: 0, Waiters: 0, UnpostedEntries: 0, Chains: 0 }, $"the book forgets what is over: {stats}");
            var stopping = Clock.GetUtcNow();
            await silo.StopAsync();
            Must(Clock.GetUtcNow() - stopping < TimeSpan.FromSeconds(1), "an idle silo stops at once");
        }
    }

    /// <summary>The upstream's bill against the ledger, to the nano-dollar.</summary>
    private void CheckMoney()
    {
        var lostOnLease = new Dictionary<Guid, long>();
        var windows = new Dictionary<LeaseBudget, (long Billed, long Excess)>();
        foreach (var bill in _bills)
        {
            Must(!bill.Running, "every call has ended");
            var lease = bill.LeaseId == Guid.Empty ? null : LeaseOf(bill.LeaseId);
            if (Store.Entries.TryGetValue(bill.AttemptId, out var entry))
            {
                Must(entry.CostNanos == bill.CostNanos, "an entry says what was billed");

                // A call dearer than its hold is booked in full, out of what covers the others on its lease.
                if (lease is not null) Lose(lease.Id, -Math.Max(0, bill.CostNanos - bill.HoldNanos));
            }
            else
            {
                Must(bill.Lost && bill.Silo.Dead, "only a silo that died loses an entry");
                if (lease is not null) Lose(lease.Id, Math.Min(bill.CostNanos, bill.HoldNanos));
            }

            if (lease is null) continue;

            // Of a released lease no budget counts what was never told, nor what was told after the lease was deleted.
            var unpaid = _released.Contains(lease.Id) && (entry is null || _forgotten.ContainsKey(lease.Id));
            var excess = Math.Max(0, bill.CostNanos - bill.HoldNanos) + (unpaid ? bill.CostNanos : 0);
            foreach (var window in lease.Chain)
            {
                var sum = windows.GetValueOrDefault(window);
                windows[window] = (sum.Billed + bill.CostNanos, sum.Excess + excess);
            }
        }

        var strangers = Store.Entries.Values.Count(e => e.CostNanos != 0 && e.Kind != LedgerEntryKind.Adjust)
            - _bills.Count(b => b.CostNanos != 0 && Store.Entries.ContainsKey(b.AttemptId));
        Must(strangers == 0, "no entry without a bill");
        foreach (var (leaseId, lost) in lostOnLease)
        {
            var lease = LeaseOf(leaseId);
            Must(
                lost <= 0 || _released.Contains(leaseId) || (lease.State == LeaseState.Doubt && lost <= lease.UnsettledNanos),
                $"doubt of lease {leaseId}, {lease.UnsettledNanos}, covers {lost} that was lost on it");
        }

        // What an operator took off the books may be spent again.
        foreach (var entry in Store.Entries.Values)
        {
            if (entry.Kind != LedgerEntryKind.Adjust || entry.CostNanos >= 0) continue;
            foreach (var window in LeaseOf(entry.LeaseId!.Value).Chain)
            {
                var sum = windows.GetValueOrDefault(window);
                windows[window] = (sum.Billed, sum.Excess - entry.CostNanos);
            }
        }

        foreach (var (window, (billed, excess)) in windows)
        {
            var limit = _invariants.LimitMax[window];
            Must(billed <= limit + excess, $"{window}: {billed} were billed, limit {limit}, overdraft {excess}");
        }

        void Lose(Guid leaseId, long nanos) => lostOnLease[leaseId] = lostOnLease.GetValueOrDefault(leaseId) + nanos;
    }

    private static void Must(bool holds, string what)
    {
        if (!holds) throw new LedgerBrokenException(what);
    }
}
