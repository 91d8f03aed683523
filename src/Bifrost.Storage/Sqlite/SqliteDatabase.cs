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
    private readonly SqliteFilesInPlace _files;

    private SqliteDatabase(SqliteFileLock held, SqliteWriter writer, SqliteReaders readers, SqliteFilesInPlace files, TimeProvider time) =>
        (_lock, _writer, _readers, _files, Clock) = (held, writer, readers, files, new StoreClock(time));

    /// <summary>The store's clock: the process's.</summary>
    public StoreClock Clock { get; }

    /// <summary>Completes with the reason when the files are found not to be where they were opened.</summary>
    public Task<string> Moved => _files.Moved;

    /// <exception cref="StoreRefusedException">Another process has the file, or a newer version made it.</exception>
    /// <exception cref="StoreSettingsException">The path names no file that could be a database.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be opened now.</exception>
    public static SqliteDatabase Open(SqliteOptions options, TimeProvider time, ILogger log)
    {
        var path = SqliteFiles.RealPath(options.Path);
        SqliteFiles.Prepare(path);
        var held = SqliteFileLock.Take(path);
        try
        {
            if (SqliteFiles.IsReadableByOthers(path)) Log.ReadableByOthers(log, path);
            var clock = new StoreClock(time);
            SqliteFilesInPlace files;
            using (var session = new SqliteSession(path, readOnly: false))
            {
                SqliteMigrator.Run(session, path, clock, log);
                files = new SqliteFilesInPlace(Path.GetFullPath(options.Path), held);
            }

            var writer = new SqliteWriter(() => new SqliteSession(path, readOnly: false), options, log);
            return new SqliteDatabase(held, writer, new SqliteReaders(path, options.ReadersMax), files, time);
        }
        catch (SqliteException fault)
        {
            held.Dispose();
            var message = $"The database {path} cannot be opened: {fault.Message}";
            throw SqliteFiles.IsOfSettings(fault) ? new StoreSettingsException(message, fault) : new StoreUnavailableException(message, fault);
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

    /// <summary>Looks whether the database and its lock are still the files that were opened.</summary>
    /// <exception cref="StoreUnavailableException">They are not: what is written now may be in no file that anybody finds.</exception>
    public void CheckInPlace() => _files.Check();

    public async ValueTask DisposeAsync()
    {
        await _readers.DisposeAsync();
        await _writer.DisposeAsync();
        _lock.Dispose();
    }
}
