namespace Bifrost.Jobs.Store;

/// <summary>Whether the store's disk has room for more jobs. Thread-safe and cheap.</summary>
public interface IStoreRoom
{
    /// <summary>True while less is free than the ledger should have for itself: then no new jobs are taken.</summary>
    bool IsLow { get; }
}
