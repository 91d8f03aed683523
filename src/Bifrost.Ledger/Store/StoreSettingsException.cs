namespace Bifrost.Ledger.Store;

/// <summary>The settings of the store name something that cannot be one: they must be mended before a start, and no repetition helps.</summary>
public sealed class StoreSettingsException : Exception
{
    public StoreSettingsException(string message) : base(message) { }

    public StoreSettingsException(string message, Exception inner) : base(message, inner) { }
}
