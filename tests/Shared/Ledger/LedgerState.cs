using System.Collections.Immutable;
using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>Every row of a ledger store at one moment, for the invariants.</summary>
internal sealed record LedgerState
{
    public required ImmutableArray<BudgetNumbers> Budgets { get; init; }
    public required ImmutableArray<CreditLease> Leases { get; init; }
    public required ImmutableArray<PostedEntry> Entries { get; init; }

    /// <summary>The same text for the same state.</summary>
    public string Text() => string.Join(
        '\n',
        Budgets.OrderBy(b => b.BudgetId, StringComparer.Ordinal)
            .Select(b => $"budget {b.BudgetId} {b.LimitNanos} {b.WindowStart:O} {b.PostedNanos} {b.LeasedNanos} {b.DoubtNanos}")
            .Concat(Leases.OrderBy(l => l.Id).Select(l =>
                $"lease {l.Id} {l.HolderId} {l.State} {l.GrantedNanos} {l.SettledNanos} {l.SpendUntil:O} {l.DoubtAt:O} " +
                string.Join(' ', l.Chain.Select(c => $"{c.BudgetId}@{c.WindowStart:O}"))))
            .Concat(Entries.OrderBy(e => e.AttemptId).Select(e => $"entry {e.AttemptId} {e.LeaseId} {e.CostNanos}")));
}

/// <summary>What the invariants need of an entry.</summary>
internal sealed record PostedEntry(Guid AttemptId, Guid? LeaseId, long CostNanos, bool IsCorrection = false)
{
    public static PostedEntry Of(LedgerEntry entry) =>
        new(entry.AttemptId, entry.LeaseId, entry.CostNanos, entry.Kind == LedgerEntryKind.Adjust);
}
