using Bifrost.Core.Ledger;

namespace Bifrost.Storage.Ledger;

/// <summary>The rows of one transaction, locked, whichever database they come from.</summary>
internal interface ILedgerRows
{
    /// <summary>Null: there is no such lease.</summary>
    LeaseRecord? Lease(Guid id);

    void Insert(LeaseRecord lease);

    /// <summary>Null: there is no such budget.</summary>
    BudgetRecord? Budget(string id);

    bool IsEntryKnown(Guid attemptId);

    /// <summary>False: the entry is there already.</summary>
    bool TryAddEntry(LedgerEntry entry, long atMs);

    bool IsHolderLive(Guid id);

    bool IsKeyInactive(string virtualKeyId);
}
