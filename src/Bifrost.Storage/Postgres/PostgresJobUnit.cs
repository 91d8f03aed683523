using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Rules;

namespace Bifrost.Storage.Postgres;

/// <summary>One job command on its way through <see cref="PostgresJobGroup"/>.</summary>
internal abstract class PostgresJobUnit(PostgresJobLocks locks, CancellationToken cancel)
{
    public PostgresJobLocks Locks { get; } = locks;

    /// <summary>Its caller waits no more.</summary>
    public bool IsCancelled => cancel.IsCancellationRequested;

    /// <summary>May run again, from the start, when its transaction is repeated.</summary>
    public abstract void Execute(JobTransaction transaction);

    /// <summary>The transaction is on disk.</summary>
    public abstract void Complete();

    public abstract void Fail(Exception fault);
}

/// <inheritdoc cref="PostgresJobUnit"/>
internal sealed class PostgresJobUnit<T>(PostgresJobLocks locks, Func<JobTransaction, T> command, CancellationToken cancel) : PostgresJobUnit(locks, cancel)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _done.Task;

    public override void Execute(JobTransaction transaction) => _result = command(transaction);

    public override void Complete() => _done.TrySetResult(_result);

    public override void Fail(Exception fault) => _done.TrySetException(fault);
}
