namespace Bifrost.Embedded.Runtime;

/// <summary>
/// What a caller awaits when its call could not end at once. Completing it runs the caller: never inside the turn of the grain that
/// answered.
/// </summary>
internal interface IReply
{
    Task Task { get; }

    /// <summary>Takes over how <paramref name="ended"/> ended. Once.</summary>
    void CompleteFrom(Task ended);
}

internal sealed class Reply : TaskCompletionSource, IReply
{
    Task IReply.Task => Task;

    public void CompleteFrom(Task ended) => SetFromTask(ended);
}

internal sealed class Reply<T> : TaskCompletionSource<T>, IReply
{
    Task IReply.Task => Task;

    public void CompleteFrom(Task ended) => SetFromTask((Task<T>)ended);
}
