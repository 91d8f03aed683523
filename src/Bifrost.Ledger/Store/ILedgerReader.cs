namespace Bifrost.Ledger.Store;

/// <summary>What admin pages read of the ledger (contract section 9). Reads hold no locks that a command would wait for.</summary>
public interface ILedgerReader
{
    /// <summary>Entries that fit the query, the newest attempt ids first, at most <see cref="LedgerEntryQuery.CountMax"/>.</summary>
    Task<ImmutableArray<LedgerEntry>> ReadEntriesAsync(LedgerEntryQuery query, CancellationToken cancellationToken);

    /// <summary>Leases in one state, the oldest ids first, beyond <paramref name="after"/> when it is given.</summary>
    Task<ImmutableArray<CreditLease>> ReadLeasesAsync(LeaseState state, Guid? after, int countMax, CancellationToken cancellationToken);
}
