namespace Bifrost.Engine.Tests;

/// <summary>Calls that stay inside until the stage of their key opens.</summary>
[Alias("test.IInterleavingGrain")]
public interface IInterleavingGrain : IGrainWithStringKey
{
    [Alias("Hold")]
    Task Hold();

    [Alias("HoldReading"), ReadOnly]
    Task HoldReading();

    [Alias("HoldInterleaving"), AlwaysInterleave]
    Task HoldInterleaving();

    /// <summary>Passes whatever is inside: when it answers, every call sent before it has been seen.</summary>
    [Alias("Ping"), AlwaysInterleave]
    Task Ping();
}

[Alias("test.IStrictGrain")]
public interface IStrictGrain : IInterleavingGrain;

[Alias("test.IReentrantGrain")]
public interface IReentrantGrain : IInterleavingGrain
{
    /// <summary>Adds one, <paramref name="times"/> times, with an await between; the sum is right only if no two segments run at once.</summary>
    [Alias("Add")]
    Task Add(int times);

    [Alias("Total")]
    Task<int> Total();

    /// <summary>Calls itself by reference.</summary>
    [Alias("CallSelf")]
    Task<int> CallSelf();
}

public abstract class InterleavingGrain : Grain, IInterleavingGrain
{
    private Stage Stage => Stage.Of(this.GetPrimaryKeyString());

    public Task Hold() => HoldAsync();

    public Task HoldReading() => HoldAsync();

    public Task HoldInterleaving() => HoldAsync();

    public Task Ping() => Task.CompletedTask;

    private async Task HoldAsync()
    {
        Stage.Enter();
        await Stage.Gate;
        Stage.Leave();
    }
}

/// <summary>A key that ends with "-slow" comes up when the stage of that key and "-up" opens.</summary>
public sealed class StrictGrain : InterleavingGrain, IStrictGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        this.GetPrimaryKeyString() is var key && key.EndsWith("-slow", StringComparison.Ordinal) ? Stage.Of(key + "-up").Gate : Task.CompletedTask;
}

[Reentrant]
public sealed class ReentrantGrain : InterleavingGrain, IReentrantGrain
{
    private int _total;

    public async Task Add(int times)
    {
        for (var i = 0; i < times; i++)
        {
            var read = _total;
            Thread.SpinWait(50);
            _total = read + 1;
            await Task.Yield();
        }
    }

    public Task<int> Total() => Task.FromResult(_total);

    public Task<int> CallSelf() => GrainFactory.GetGrain<IReentrantGrain>(this.GetPrimaryKeyString()).Total();
}
