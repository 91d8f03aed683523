using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Tests.Harness;

/// <summary>A real store in a database of its own, with a clock that stands still until it is told.</summary>
internal abstract class StoreHarness : LedgerHarness
{
    public Store Store { get; protected set; } = null!;

    public override ILedgerStore Ledger => Store.Ledger;

    /// <summary>Closes the store and opens it again, as a restart does.</summary>
    public abstract Task ReopenAsync();

    /// <summary>Runs SQL past the store.</summary>
    public abstract Task ExecuteAsync(string sql);

    /// <summary>One number, read past the store.</summary>
    public abstract Task<long> CountAsync(string sql);
}
