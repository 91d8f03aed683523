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

    /// <summary>True if the code after an await of a task that another thread completes is in the turn.</summary>
    [Alias("ReturnsFromOtherThread")]
    Task<bool> ReturnsFromOtherThread();
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

    public async Task<bool> ReturnsFromOtherThread()
    {
        var mine = TaskScheduler.Current;
        var done = new TaskCompletionSource();
        // Completed on a thread of its own, with continuations allowed to run there: the engine must not let them.
        ThreadPool.UnsafeQueueUserWorkItem(_ => done.SetResult(), null);
        await done.Task;
        return TaskScheduler.Current == mine;
    }
}
