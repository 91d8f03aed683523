namespace Bifrost.Storage.Sqlite;

/// <summary>A process's clock in the store's unit.</summary>
internal sealed class StoreClock(TimeProvider time)
{
    /// <summary>Milliseconds since 1970-01-01 UTC.</summary>
    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();
}
