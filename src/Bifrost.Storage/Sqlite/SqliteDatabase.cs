using Bifrost.Ledger.Store;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// One database file of this process alone: the lock, the schema, the writer thread and the readers. A second process refuses to start,
/// since credit that is granted by two processes' clocks and caches is no credit.
/// </summary>
internal sealed class SqliteDatabase : IAsyncDisposable
{
    private readonly SqliteFileLock _lock;
    private readonly SqliteWriter _writer;
    private readonly SqliteReaders _readers;

    private SqliteDatabase(SqliteFileLock held, SqliteWriter writer, SqliteReaders readers, TimeProvider time) =>
        (_lock, _writer, _readers, Clock) = (held, writer, readers, new StoreClock(time));

    /// <summary>The store's clock: the process's.</summary>
    public StoreClock Clock { get; }

    /// <exception cref="StoreRefusedException">Another process has the file, or a newer version made it.</exception>
    public static SqliteDatabase Open(SqliteOptions options, TimeProvider time, ILogger log)
    {
        var path = Path.GetFullPath(options.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var held = SqliteFileLock.Take(path);
        try
        {
            var clock = new StoreClock(time);
            using (var session = new SqliteSession(path, readOnly: false)) SqliteMigrator.Run(session, path, clock, log);
            var writer = new SqliteWriter(() => new SqliteSession(path, readOnly: false), options, log);
            return new SqliteDatabase(held, writer, new SqliteReaders(path, options.ReadersMax), time);
        }
        catch (SqliteException fault)
        {
            held.Dispose();
            throw new StoreUnavailableException($"The database {path} cannot be opened: {fault.Message}", fault);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Runs one unit of work in a transaction on the writer's thread; completes when it is on disk.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> work, CancellationToken cancel) => _writer.RunAsync(work, cancel);

    /// <summary>Runs a read on a connection of its own, beside the writer, over one consistent state.</summary>
    public Task<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancel) => _readers.RunAsync(read, cancel);

    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _readers.Dispose();
        _lock.Dispose();
    }
}
