namespace Bifrost.Embedded.Runtime;

/// <summary>What a caller awaits when its call could not end at once. The first outcome wins.</summary>
internal interface IReply
{
    Task Task { get; }

    bool TryCompleteFrom(Task ended);

    bool TryFail(Exception exception);
}

// Callers never continue inside the turn of the grain that answered them.
internal sealed class Reply() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), IReply
{
    Task IReply.Task => Task;

    public bool TryCompleteFrom(Task ended) => TrySetFromTask(ended);

    public bool TryFail(Exception exception) => TrySetException(exception);
}

internal sealed class Reply<T>() : TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously), IReply
{
    Task IReply.Task => Task;

    public bool TryCompleteFrom(Task ended) => TrySetFromTask((Task<T>)ended);

    public bool TryFail(Exception exception) => TrySetException(exception);
}
