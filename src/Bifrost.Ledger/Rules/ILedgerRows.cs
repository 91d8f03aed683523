using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Rules;

/// <summary>The rows of one transaction, locked, whichever database they come from.</summary>
public interface ILedgerRows
{
    /// <summary>Null: there is no such lease.</summary>
    LeaseRecord? Lease(Guid id);

    void Insert(LeaseRecord lease);

    /// <summary>Null: there is no such budget.</summary>
    BudgetRecord? Budget(string id);

    bool IsEntryKnown(Guid attemptId);

    /// <summary>Adds the entries that are not there already, and says of each whether it was new; also twice in one call.</summary>
    void AddEntries(ReadOnlySpan<LedgerEntry> entries, long atMs, Span<bool> isNew);

    bool IsHolderLive(Guid id);

    bool IsKeyInactive(string virtualKeyId);
}
