using Bifrost.Ledger.Store;

namespace Bifrost.Catalog.Store;

/// <summary>
/// What is configured, as rows, and the barrier over the silos (ledger, the catalog barrier). Every change is one transaction that
/// raises the catalog's version by one; whoever loads beyond a version sees all changes after it or none of them.
/// Methods throw <see cref="StoreUnavailableException"/> when the store cannot be reached or does not answer in time.
/// </summary>
public interface ICatalogStore
{
    /// <summary>Everything that stands now (<paramref name="beyondVersion"/> 0), or what changed after a version, deletions included.</summary>
    Task<CatalogRows> LoadAsync(long beyondVersion, CancellationToken cancel);

    /// <summary>
    /// Writes and deletes objects, matches their budgets by period (counters are kept) and adds the audit entries, all or none.
    /// Safe to repeat: a repetition raises the version again and changes nothing else, save the audit entries, which keep their ids.
    /// A change of audit entries alone leaves the version. See <see cref="CatalogChange.BaseVersion"/> for changes that must not be late.
    /// </summary>
    Task<CatalogCommit> ApplyAsync(CatalogChange change, CancellationToken cancel);

    /// <summary>
    /// Brings in the objects of a configuration file, each by the hash of its text: an object whose hash is the one of its last seeding is left
    /// as the store has it, one that was deleted stays deleted, no counter is touched. Without a difference the version stays. At least one is
    /// given; many may take several transactions, in their order, so limits and owners come before the keys that they bind.
    /// </summary>
    Task<CatalogCommit> SeedAsync(ImmutableArray<CatalogSeed> seeds, CancellationToken cancel);

    /// <summary>Says that a holder works by <paramref name="version"/> from now on; never moves back.</summary>
    Task AcknowledgeAsync(Guid holder, long version, CancellationToken cancel);

    /// <summary>
    /// The holders that still stand in the way of a version: alive, within their time to live and not yet at it.
    /// An admin call returns when there are none.
    /// </summary>
    Task<ImmutableArray<HolderBehind>> ReadBehindAsync(long version, CancellationToken cancel);

    /// <summary>Budgets with their counters as they are now, retired ones left out; all, or those of one object.</summary>
    Task<ImmutableArray<BudgetCounters>> ReadBudgetsAsync(CatalogKey? of, CancellationToken cancel);

    /// <summary>Audit entries, the newest first, older than <paramref name="before"/> when it is given.</summary>
    Task<ImmutableArray<AuditEntry>> ReadAuditAsync(Guid? before, int countMax, CancellationToken cancel);
}
