using System.Collections.Immutable;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Testing;

internal sealed partial class ModelLedger
{
    private AcquireReply Acquire(AcquireCommand command)
    {
        if (Leases.TryGetValue(command.LeaseId, out var lease))
        {
            return lease.State == LeaseState.Open
                ? new LeaseGranted(lease.GrantedNanos, lease.SettledNanos, lease.SpendUntil - T)
                : new LeaseNotOpen(lease.State);
        }

        if (MayBeForgotten(command.LeaseId) && Flaw != LedgerFlaw.GrantsWhatItForgot) return new LeaseNotOpen(LeaseState.Closed);
        lease = new ModelLease(command.LeaseId, command.HolderId, command.VirtualKeyId);
        if (!Holders.TryGetValue(command.HolderId, out var holder) || holder.Dead) return Refuse(lease, AcquireRefusal.HolderDead, []);
        if (Keys.TryGetValue(command.VirtualKeyId, out var active) && !active) return Refuse(lease, AcquireRefusal.KeyInactive, []);
        var free = long.MaxValue;
        foreach (var id in command.BudgetIds)
        {
            if (!Budgets.TryGetValue(id, out var budget)) return Refuse(lease, AcquireRefusal.BudgetUnknown, []);
            if (budget.Retired) return Refuse(lease, AcquireRefusal.BudgetRetired, [NumbersOf(budget)]);
            Roll(budget);
            free = Math.Min(free, budget.FreeNanos);
        }

        if (free < command.NeedNanos)
            return Refuse(lease, AcquireRefusal.TooLittle, command.BudgetIds.Select(id => NumbersOf(Budgets[id])).ToImmutableArray());
        var share = (free - command.NeedNanos) / LedgerLimits.GrantShare;
        var granted = command.NeedNanos + Math.Max(0, Math.Min(command.WantNanos - command.NeedNanos, share));
        Leases.Add(lease.Id, lease);
        lease.GrantedNanos = granted;
        lease.SpendUntil = T + LedgerLimits.LeaseTerm;
        lease.Chain = command.BudgetIds.Select(id => (id, Budgets[id].WindowStart)).ToImmutableArray();
        foreach (var id in command.BudgetIds)
        {
            var budget = Touch(Budgets[id]);
            budget.LeasedNanos += granted;
            var end = WindowClock.End(budget.Definition.Period, budget.WindowStart);
            if (end < lease.SpendUntil) lease.SpendUntil = end;
            Assert(budget.FreeNanos >= 0, "a grant leaves every budget within its limit");
            budget.LeasesOfWindow.Add(lease);
        }

        return new LeaseGranted(granted, 0, lease.SpendUntil - T);
    }

    private AcquireRefused Refuse(ModelLease lease, AcquireRefusal reason, ImmutableArray<BudgetNumbers> numbers)
    {
        lease.State = LeaseState.Closed;
        if (Flaw != LedgerFlaw.RefusalLeavesNoTombstone) Leases.Add(lease.Id, lease);
        return new AcquireRefused(reason, numbers);
    }

    private void Post(ImmutableArray<LedgerEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (Entries.ContainsKey(entry.AttemptId) && Flaw != LedgerFlaw.PostsAgain) continue;
            Entries[entry.AttemptId] = entry with { At = T };
            if (entry.LeaseId is not { } id) continue;
            if (!Leases.TryGetValue(id, out var lease)) Leases.Add(id, lease = Tombstone(id));
            Settle(lease, entry.CostNanos);
        }
    }

    private void Settle(ModelLease lease, long costNanos)
    {
        var before = lease.RemainingNanos;
        lease.SettledNanos += costNanos;
        lease.EntriesNanos += costNanos;
        foreach (var budget in RowsOf(lease))
        {
            budget.PostedNanos += costNanos;
            Move(budget, lease.State, lease.RemainingNanos - before);
        }
    }

    private void Give(GiveBack giveBack)
    {
        if (!Leases.TryGetValue(giveBack.LeaseId, out var lease))
        {
            if (Flaw != LedgerFlaw.CloseLeavesNoTombstone) Leases.Add(giveBack.LeaseId, Tombstone(giveBack.LeaseId));
            return;
        }

        if (lease.State == LeaseState.Closed) return;
        if (giveBack.Kind == GiveBackKind.Doubt)
        {
            Doubt(lease);
            return;
        }

        if (giveBack.Kind == GiveBackKind.Trim && Flaw == LedgerFlaw.NeverTrims) return;
        var before = lease.RemainingNanos;
        lease.GrantedNanos = Math.Min(lease.GrantedNanos, Math.Max(lease.SettledNanos, giveBack.KeepNanos));
        foreach (var budget in RowsOf(lease)) Move(budget, lease.State, lease.RemainingNanos - before);
        if (giveBack.Kind == GiveBackKind.Close) lease.State = LeaseState.Closed;
    }

    private void Doubt(ModelLease lease)
    {
        if (lease.State != LeaseState.Open) return;
        foreach (var budget in RowsOf(lease))
        {
            budget.LeasedNanos -= lease.RemainingNanos;
            budget.DoubtNanos += lease.RemainingNanos;
        }

        lease.State = LeaseState.Doubt;
        lease.DoubtAt = T;
    }

    private static void Move(ModelBudget budget, LeaseState state, long nanos)
    {
        if (state == LeaseState.Open) budget.LeasedNanos += nanos;
        if (state == LeaseState.Doubt) budget.DoubtNanos += nanos;
    }

    private IEnumerable<ModelBudget> RowsOf(ModelLease lease)
    {
        foreach (var (id, windowStart) in lease.Chain)
        {
            var budget = Budgets[id];
            if (budget.WindowStart == windowStart || Flaw == LedgerFlaw.SettlesIntoTheNextWindow) yield return Touch(budget);
        }
    }

    private void Roll(ModelBudget budget)
    {
        var start = WindowClock.Current(budget.Definition.Period, budget.WindowStart, T);
        if (start == budget.WindowStart) return;
        Assert(start > budget.WindowStart, "a window never moves back");
        budget.WindowStart = start;
        budget.PostedNanos = budget.LeasedNanos = budget.DoubtNanos = 0;
        budget.LeasesOfWindow.Clear();
        NoteLimit(budget);
    }

    private static ModelLease Tombstone(Guid id) => new(id, Guid.Empty, "") { State = LeaseState.Closed };
}
