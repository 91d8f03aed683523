namespace Bifrost.Ledger.Store;

/// <summary>The store must not be used by this process, and no repetition will change that: the start ends with this message.</summary>
public sealed class StoreRefusedException : Exception
{
    public StoreRefusedException(string message) : base(message) { }

    public StoreRefusedException(string message, Exception inner) : base(message, inner) { }
}
