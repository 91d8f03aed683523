using System.Collections.Immutable;
using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>The rows that one transaction wrote, as they stand now, and the leases that it deleted.</summary>
internal sealed record LedgerChange
{
    public ImmutableArray<BudgetNumbers> Budgets { get; init; } = [];
    public ImmutableArray<CreditLease> Leases { get; init; } = [];
    public ImmutableArray<PostedEntry> Entries { get; init; } = [];
    public ImmutableArray<CreditLease> Forgotten { get; init; } = [];
}
