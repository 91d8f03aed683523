namespace Bifrost.Ledger.Store;

/// <summary>
/// The store could not be reached, did not answer in time, or broke off. Whether a change was made is not known: the caller repeats it
/// with the same ids, or fails closed.
/// </summary>
public sealed class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception? inner) : base(message, inner) { }
}
