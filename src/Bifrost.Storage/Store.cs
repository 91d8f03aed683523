using Bifrost.Catalog.Store;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.GrainState;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Sqlite;
using Microsoft.Extensions.Logging;
using Orleans.Storage;

namespace Bifrost.Storage;

/// <summary>One database behind all of Core's ports. One per process; disposing it waits for what is queued.</summary>
public sealed class Store : IAsyncDisposable
{
    private readonly IAsyncDisposable _database;

    private readonly PostgresDatabase? _server;

    private Store(
        IAsyncDisposable database,
        Task<string> moved,
        ILedgerStore ledger,
        ILedgerReader ledgerReader,
        ICatalogStore catalog,
        IGrainStateRows grainState,
        IJobStore jobs,
        IJobDeliveryStore deliveries) =>
        (_database, _server, Moved, Ledger, LedgerReader, Catalog, GrainState, Jobs, Deliveries) =
        (database, database as PostgresDatabase, moved, ledger, ledgerReader, catalog, new GrainStateStore(grainState), jobs, deliveries);

    /// <summary>
    /// Completes with a sentence when the files of the store were moved, replaced or deleted under the process, which must stop then: another one
    /// can open what stands there now. Never on PostgreSQL.
    /// </summary>
    public Task<string> Moved { get; }

    public ILedgerStore Ledger { get; }

    public ILedgerReader LedgerReader { get; }

    public ICatalogStore Catalog { get; }

    /// <summary>For a process on its own; a cluster keeps its grains' state in the same rows through Orleans' provider.</summary>
    public IGrainStorage GrainState { get; }

    public IJobStore Jobs { get; }

    /// <summary>What webhook endpoints are to be told about jobs.</summary>
    public IJobDeliveryStore Deliveries { get; }

    /// <summary>Opens a file of this process alone and brings its schema up to date.</summary>
    /// <exception cref="StoreRefusedException">Another process has it, or a newer version made it.</exception>
    /// <exception cref="StoreSettingsException">The path names nothing that could be a database.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be opened now.</exception>
    public static Store OpenSqlite(SqliteOptions options, TimeProvider time, ILoggerFactory logs, JobOptions? jobs = null)
    {
        var log = logs.CreateLogger("Bifrost.Storage.Sqlite");
        jobs ??= new JobOptions();
        var database = SqliteDatabase.Open(options, time, log);
        return new Store(
            database,
            database.Moved,
            new SqliteLedgerStore(database, log),
            new SqliteLedgerReader(database),
            new SqliteCatalogStore(database, time),
            new SqliteGrainStateRows(database),
            new SqliteJobStore(database, jobs),
            new SqliteDeliveryStore(database, jobs));
    }

    /// <summary>
    /// Names a database on a server. Nothing is asked of the server yet: the first operation that reaches it brings the schema up to date,
    /// and operations fail with <see cref="StoreUnavailableException"/> until then.
    /// </summary>
    /// <exception cref="StoreSettingsException">The connection string cannot be read.</exception>
    public static Store OpenPostgres(PostgresOptions options, TimeProvider time, ILoggerFactory logs, JobOptions? jobs = null)
    {
        var log = logs.CreateLogger("Bifrost.Storage.Postgres");
        jobs ??= new JobOptions();
        PostgresDatabase database;
        try
        {
            database = new PostgresDatabase(options, log);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException or InvalidOperationException or NotSupportedException)
        {
            // Npgsql's own message may show a piece of the password.
#pragma warning disable MA0054
            throw new StoreSettingsException(
                "store.connection_string is not one that can be read: a keyword is not known, a value is of the wrong kind, or Host is missing. "
                + "It looks like Host=db;Database=bifrost;Username=bifrost;Password=…");
#pragma warning restore MA0054
        }

        return new Store(
            database,
            new TaskCompletionSource<string>().Task,
            new PostgresLedgerStore(database, log),
            new PostgresLedgerReader(database),
            new PostgresCatalogStore(database, time),
            new PostgresGrainStateRows(database),
            new PostgresJobStore(database, jobs),
            new PostgresDeliveryStore(database, jobs));
    }

    /// <summary>Completes when the schema is up to date. A file's is so since it was opened.</summary>
    /// <exception cref="StoreRefusedException">A newer version changed it in a way that this one does not stand.</exception>
    /// <exception cref="StoreUnavailableException">The server cannot be reached, or the change of the schema goes on: ask again.</exception>
    public Task PrepareAsync(CancellationToken cancel) =>
        _server?.RunAsync(static (_, _) => Task.FromResult(true), cancel) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (Jobs is IAsyncDisposable jobs) await jobs.DisposeAsync();
        await _database.DisposeAsync();
    }
}
