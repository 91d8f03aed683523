using Bifrost.Ledger.Store;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// The only writer of a database: a thread of its own that runs units of work in the order they came and commits several at once, each in
/// its savepoint, so that one fsync pays for all who wait. A unit that throws is undone alone; a commit that fails fails the group, and
/// the connection is opened anew, so that what the file says is what holds.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private readonly Func<SqliteSession> _open;
    private readonly SqliteOptions _options;
    private readonly ILogger _log;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Both sides, under the lock.
    private readonly object _gate = new();
    private readonly Queue<SqliteUnit> _queue = new();
    private bool _stopping;

    // The writer thread only.
    private readonly List<SqliteUnit> _group = [];
    private SqliteSession? _session;

    public SqliteWriter(Func<SqliteSession> open, SqliteOptions options, ILogger log)
    {
        (_open, _options, _log) = (open, options, log);
        _thread = new Thread(Run) { IsBackground = true, Name = "sqlite writer" };
        _thread.Start();
    }

    /// <summary>Completes after the commit. Cancelling ends the waiting, and the work itself only where it has not begun.</summary>
    public Task<T> RunAsync<T>(Func<SqliteSession, T> work, CancellationToken cancel)
    {
        var unit = new SqliteUnit<T>(work, cancel);
        lock (_gate)
        {
            if (_stopping) throw new StoreUnavailableException("The store is stopping.", null);
            if (_queue.Count >= _options.QueueMax) throw new StoreUnavailableException($"The store's queue is full ({_options.QueueMax}).", null);
            _queue.Enqueue(unit);
            Monitor.Pulse(_gate);
        }

        return cancel.CanBeCanceled ? unit.Task.WaitAsync(cancel) : unit.Task;
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }

        await _ended.Task;
    }

    private void Run()
    {
        while (TakeGroup())
        {
            try
            {
                RunGroup();
            }
            catch (Exception fault)
            {
                Log.ConnectionReopened(_log, fault.Message);
                FailGroup(new StoreUnavailableException($"The database did not take a transaction: {fault.Message}", fault));
                CloseSession();
            }
        }

        EmptyLog();
        CloseSession();
        _ended.SetResult();
    }

    /// <summary>False: stopped, with nothing left to do.</summary>
    private bool TakeGroup()
    {
        _group.Clear();
        lock (_gate)
        {
            while (_queue.Count == 0)
            {
                if (_stopping) return false;
                Monitor.Wait(_gate);
            }

            while (_group.Count < _options.GroupMax && _queue.TryDequeue(out var unit))
                if (!unit.IsCancelled) _group.Add(unit);
        }

        return true;
    }

    private void RunGroup()
    {
        if (_group.Count == 0) return;
        _session ??= _open();
        _session.Prepare("begin immediate").Run();
        if (_group is [var alone])
        {
            RunAlone(_session, alone);
        }
        else
        {
            foreach (var unit in _group) RunUnit(_session, unit);
            _session.Commit();
        }

        foreach (var unit in _group) unit.Complete();
    }

    /// <summary>A unit alone in its transaction needs no savepoint.</summary>
    private static void RunAlone(SqliteSession session, SqliteUnit unit)
    {
        if (unit.Execute(session)) session.Commit();
        else if (session.InTransaction) session.Prepare("rollback").Run();
        else throw new SqliteException("The transaction was rolled back.", 1);
    }

    private static void RunUnit(SqliteSession session, SqliteUnit unit)
    {
        session.Prepare("savepoint unit").Run();
        if (!unit.Execute(session))
        {
            // An error that ended the whole transaction leaves nothing to go on with: the group fails.
            if (!session.InTransaction) throw new SqliteException("The transaction was rolled back.", 1);
            session.Prepare("rollback to unit").Run();
        }

        session.Prepare("release unit").Run();
    }

    private void FailGroup(Exception fault)
    {
        foreach (var unit in _group) unit.Fail(fault);
    }

    /// <summary>At a stop everything is in the one file, so that a copy of it is a copy of the store.</summary>
    private void EmptyLog()
    {
        try
        {
            var result = (_session ??= _open()).Prepare("pragma wal_checkpoint(truncate)");
            if (result.Step() && result.Bool(0)) Log.LogNotEmptied(_log, "another process reads it");
            result.Close();
        }
        catch (Exception fault)
        {
            Log.LogNotEmptied(_log, fault.Message);
        }
    }

    private void CloseSession()
    {
        _session?.Dispose();
        _session = null;
    }
}
