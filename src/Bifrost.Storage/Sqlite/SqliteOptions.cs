namespace Bifrost.Storage.Sqlite;

/// <summary>Limits of a SQLite store.</summary>
public sealed record SqliteOptions
{
    /// <summary>The database file. Its directory is made when it is missing.</summary>
    public required string Path { get; init; }

    /// <summary>Transactions that may wait for the writer; beyond it a caller is told that the store is unavailable.</summary>
    public int QueueMax { get; init; } = 10_000;

    /// <summary>Units of work that share one commit, and with it one fsync.</summary>
    public int GroupMax { get; init; } = 64;

    /// <summary>Connections that read beside the writer.</summary>
    public int ReadersMax { get; init; } = 4;
}
