namespace Bifrost.Storage.Postgres;

/// <summary>Limits of a PostgreSQL store. A server that does not answer must look unavailable well within the 5 s a silo may go on alone.</summary>
public sealed record PostgresOptions
{
    /// <summary>As Npgsql reads it. Pooling, timeouts and session settings below are added to it.</summary>
    public required string ConnectionString { get; init; }

    public int ConnectionsMax { get; init; } = 20;

    /// <summary>How long a new connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long one statement may run on the server.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long the server leaves a transaction open whose client has gone silent: it holds locks of shared budgets.</summary>
    public TimeSpan IdleTransactionTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long one whole operation may take, repetitions included.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How often a transaction is tried that was rolled back for others' sake or whose connection broke.</summary>
    public int AttemptsMax { get; init; } = 5;

    /// <summary>The pause before the first repetition; doubled each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How long all missing schema steps together may take.</summary>
    public TimeSpan MigrationTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
