using System.Collections.Concurrent;
using Bifrost.Ledger.Store;
using Microsoft.Data.Sqlite;

namespace Bifrost.Storage.Sqlite;

/// <summary>A few read connections, taken in turns. Reads are short and block a pool thread for that long; their number is bounded.</summary>
internal sealed class SqliteReaders(string path, int countMax) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(countMax, countMax);
    private readonly ConcurrentBag<SqliteSession> _idle = [];
    private volatile bool _stopping;

    public async Task<T> RunAsync<T>(Func<SqliteSession, T> read, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        SqliteSession? session = null;
        try
        {
            if (_stopping) throw new StoreUnavailableException("The store is stopping.", null);
            if (!_idle.TryTake(out session)) session = new SqliteSession(path, readOnly: true);
            session.Prepare("begin").Run();
            var result = read(session);
            session.Commit();
            _idle.Add(session);
            session = null;
            return result;
        }
        catch (SqliteException fault)
        {
            throw new StoreUnavailableException($"The database {path} cannot be read: {fault.Message}", fault);
        }
        finally
        {
            session?.Dispose();
            _free.Release();
        }
    }

    /// <summary>Waits for the reads that run, and closes every connection: one that stayed open would keep the log from being emptied.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        for (var i = 0; i < countMax; i++) await _free.WaitAsync();
        while (_idle.TryTake(out var session)) session.Dispose();
        _free.Release(countMax);
    }
}
