using Bifrost.Ledger.Store;
using Microsoft.Data.Sqlite;

namespace Bifrost.Storage.Sqlite;

/// <summary>One unit of work on its way through the writer.</summary>
internal abstract class SqliteUnit
{
    public abstract bool IsCancelled { get; }

    /// <summary>False: it threw, and its part of the transaction must be undone. Its caller is told by <see cref="Complete"/>.</summary>
    public abstract bool Execute(SqliteSession session);

    /// <summary>The transaction is on disk: the caller gets the result, or what its work threw.</summary>
    public abstract void Complete();

    /// <summary>The transaction failed, or its outcome is unknown.</summary>
    public abstract void Fail(Exception fault);
}

/// <inheritdoc cref="SqliteUnit"/>
internal sealed class SqliteUnit<T>(Func<SqliteSession, T> work, CancellationToken cancel) : SqliteUnit
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;
    private Exception? _thrown;

    public Task<T> Task => _done.Task;

    public override bool IsCancelled
    {
        get
        {
            if (!cancel.IsCancellationRequested) return false;
            _done.TrySetCanceled(cancel);
            return true;
        }
    }

    public override bool Execute(SqliteSession session)
    {
        try
        {
            _result = work(session);
            return true;
        }
        catch (Exception thrown)
        {
            _thrown = thrown;
            return false;
        }
    }

    public override void Complete()
    {
        if (_thrown is null) _done.TrySetResult(_result);
        else _done.TrySetException(_thrown is SqliteException ? new StoreUnavailableException(_thrown.Message, _thrown) : _thrown);
    }

    public override void Fail(Exception fault) => _done.TrySetException(fault);
}
