namespace Bifrost.Ledger.Leases;

/// <summary>
/// Wakes one waiting loop. The loop resets it, then looks for work, then awaits it; whoever makes work does so before setting it, so no
/// wake-up is lost.
/// </summary>
internal sealed class Signal
{
    private TaskCompletionSource _source = New();

    public Task Task => Volatile.Read(ref _source).Task;

    public void Set() => Volatile.Read(ref _source).TrySetResult();

    /// <summary>Waits until it is set, or about as long as <paramref name="most"/>: then it is set too.</summary>
    public async Task WaitAsync(TimeSpan most, TimeProvider time)
    {
        var source = Volatile.Read(ref _source);
        await using var timer = time.CreateTimer(static s => ((TaskCompletionSource)s!).TrySetResult(), source, most, Timeout.InfiniteTimeSpan);
        await source.Task;
    }

    public void Reset()
    {
        if (Task.IsCompleted) Volatile.Write(ref _source, New());
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
