namespace Bifrost.Benchmarks.Jobs;

/// <summary>Databases of a run's own.</summary>
internal static class Databases
{
    /// <summary>A private PostgreSQL that writes to disk as one in service does.</summary>
    public static Task<PostgresServer> PostgresAsync() => PostgresServer.StartAsync(
        PostgresServer.FindBinaries() ?? throw new InvalidOperationException("PostgreSQL is not installed here; set BIFROST_PG_BIN to where initdb is."), durable: true);
}
