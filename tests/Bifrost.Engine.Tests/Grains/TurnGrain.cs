namespace Bifrost.Engine.Tests;

[Alias("test.ITurnGrain")]
public interface ITurnGrain : IGrainWithStringKey
{
    /// <summary>Reads, leaves the thread, writes what it read plus one.</summary>
    [Alias("AddSlowly")]
    Task AddSlowly();

    [Alias("Total")]
    Task<int> Total();

    /// <summary>True if the scheduler before an await is the one after it, and not the default one.</summary>
    [Alias("KeepsScheduler")]
    Task<bool> KeepsScheduler();

    [Alias("SeesSynchronizationContext")]
    Task<bool> SeesSynchronizationContext();
}

public sealed class TurnGrain : Grain, ITurnGrain
{
    private int _total;

    public async Task AddSlowly()
    {
        var read = _total;
        await Task.Yield();
        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        _total = read + 1;
    }

    public Task<int> Total() => Task.FromResult(_total);

    public async Task<bool> KeepsScheduler()
    {
        var before = TaskScheduler.Current;
        await Task.Yield();
        var after = TaskScheduler.Current;
        return before == after && after != TaskScheduler.Default;
    }

    public Task<bool> SeesSynchronizationContext() => Task.FromResult(SynchronizationContext.Current is not null);
}

[Alias("test.IReturnGrain")]
public interface IReturnGrain : IGrainWithStringKey
{
    /// <summary>Awaits what <see cref="Complete"/> completes; true if no segment was running when it went on.</summary>
    [Alias("Await")]
    Task<bool> Await();

    /// <summary>Has another thread complete that task, and holds its own segment until the other thread has.</summary>
    [Alias("Complete")]
    Task Complete();
}

[Reentrant]
public sealed class ReturnGrain : Grain, IReturnGrain
{
    // Continuations may run where it is completed: the engine must not let them.
    private readonly TaskCompletionSource _done = new();
    private volatile bool _inside;

    public async Task<bool> Await()
    {
        await _done.Task;
        return !_inside;
    }

    public Task Complete()
    {
        _inside = true;
        using var completed = new ManualResetEventSlim();
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                _done.SetResult();
                completed.Set();
            },
            null);
        completed.Wait(TimeSpan.FromSeconds(20));
        _inside = false;
        return Task.CompletedTask;
    }
}
