using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Attackers;

internal sealed partial class AttackWorld
{
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(8);

    private string LastRefusal { get; set; } = "";

    /// <summary>All is quiet: while every budget of the honest caller has enough left for its call at its bound, it must be answered.</summary>
    private async Task ProbeAsync()
    {
        // Prompt and overheads are well below a thousand tokens, the limit is fifty.
        const long Need = (1_000 * 100) + (50 * 300);
        if (_brokenBounds.ContainsKey(Catalog.Honest.FullName)) Fail(new AttackBrokenException("the bound of an honest model broke"));
        var provider = Catalog.Honest.Provider.Name;
        string[] owners = ["customer", "t" + ((AttackCatalog.Keys.Length - 1) % 2), "honest", $"honest-{provider}", $"provider-{provider}"];
        ImmutableArray<string> ids = [.. owners.Where(Store.Budgets.ContainsKey)];
        for (var i = 0; i < 3; i++)
        {
            var left = Finished.Value(Store.ReadBudgetsAsync(ids, default)).Select(static budget => budget.LeftNanos).DefaultIfEmpty(long.MaxValue).Min();
            if (left < Need) return;
            var until = Clock.GetUtcNow() + ProbeTime;
            while (!await HonestAsync(Pick(_silos)))
            {
                if (Clock.GetUtcNow() > until)
                {
                    Fail(new AttackBrokenException($"{left} nano-dollars are left, yet for {ProbeTime} an honest caller was not paid: {LastRefusal}"));
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(300), Clock);
            }
        }
    }

    /// <summary>What the upstreams truly did against holds, entries and limits, to the nano-dollar.</summary>
    private void CheckMoney()
    {
        _invariants.Check(Store.ReadState());
        foreach (var lease in Store.Leases.Values) Must(lease.State != LeaseState.Open, $"lease {lease.Id} is still open");
        var windows = new Dictionary<LeaseBudget, (long Billed, long Excess)>();
        foreach (var call in TrueCalls)
        {
            Must(Tickets.TryGetValue(call.AttemptId, out var admitted), $"{call} was called without a ticket");
            var bill = call.BillNanos();

            // Fields that bill apart are only refused under a budget.
            if (!call.Sent.BillsApart || admitted.Ticket.LeaseId != Guid.Empty) CheckEntry(call, bill);
            if (admitted.Ticket.LeaseId == Guid.Empty) continue;
            var lease = _forgotten.TryGetValue(admitted.Ticket.LeaseId, out var old) ? old : Store.Leases[admitted.Ticket.LeaseId];
            var excess = Math.Max(0, bill - admitted.Ticket.HoldNanos);
            var holdsBound = lease.Chain.Any(link => Catalog.BoundLimitOf(link.BudgetId) is not null);
            if (excess > 0 && holdsBound) CheckBreak(call, bill, admitted.Ticket, admitted.KnownThousandths);

            // What a model with a wrong row did unseen was booked too low: the budget does not know of it.
            if (call.Model.IsDataWrong && Store.Entries.TryGetValue(call.AttemptId, out var entry))
                excess = Math.Max(excess, bill - entry.CostNanos);
            foreach (var link in lease.Chain)
            {
                var sum = windows.GetValueOrDefault(link);
                windows[link] = (sum.Billed + bill, sum.Excess + excess);
            }
        }

        foreach (var (window, sum) in windows)
        {
            if (Catalog.BoundLimitOf(window.BudgetId) is not { } limit) continue;
            Must(sum.Billed <= limit + sum.Excess, $"{window.BudgetId} ({(SomeDataIsWrong ? "wrong data" : "right data")}) was charged {sum.Billed} of {limit}, and {sum.Excess} above what was held");
        }
    }

    /// <summary>An entry is missing only with its process; it books no less than the bill, and exactly that where the truth was told.</summary>
    private void CheckEntry(TrueCall call, long bill)
    {
        if (!Store.Entries.TryGetValue(call.AttemptId, out var entry))
        {
            Must(call.Silo.Dead, $"{call} has no entry although its silo lives");
            return;
        }

        if (entry.Estimated) Estimated++;

        // What a model with a wrong row did unseen nobody can know, and budgets that hold estimates are booked by estimates.
        var ticket = Tickets[call.AttemptId].Ticket;
        var isGuess = call.Model.IsDataWrong || ticket.BoundNanos == 0 || ticket.HoldNanos < ticket.BoundNanos;
        Must(
            entry.CostNanos >= bill || (entry.Estimated && isGuess),
            $"{call} is booked at {entry.CostNanos} of {bill}{(entry.Estimated ? ", estimated" : "")}: {entry.Usage}");

        // A provider that does not know tiers may have run another one than is booked.
        var isExact = call is { Told: true, TellsTruly: true, Sent.BillsApart: false, Refused: false }
            && (call.Model.Provider.Billing.HasServiceTier || (call.Sent.Tier is null && !call.Model.Provider.Billing.ChoosesTier(null)));
        Must(!isExact || entry.Estimated || entry.CostNanos == bill, $"{call} told the truth and is booked at {entry.CostNanos} of {bill}");
        Must(!isExact || !entry.Estimated || call.Model.IsDataWrong, $"{call} told the truth and is booked by estimate");
    }

    /// <summary>
    /// Only a model whose row is wrong charges more than was held, and only while nothing was known of it where the call was admitted: the
    /// bound rises at once, and beyond its highest the model is refused.
    /// </summary>
    private static void CheckBreak(TrueCall call, long bill, Ticket ticket, int known)
    {
        Must(call.Model.IsDataWrong, $"{call} charged {bill} of {ticket.HoldNanos} that were held, the bound was {ticket.Bound}");
        Must(ticket.BoundThousandths >= known, $"{call} was held at {ticket.BoundThousandths} thousandths although {known} were known");
        Must(known <= Bifrost.Catalog.Model.BrokenBound.ThousandthsMax, $"{call} was admitted although its bound broke by {known} thousandths");
    }

    private static void Must(bool holds, string what)
    {
        if (!holds) throw new AttackBrokenException(what);
    }
}
