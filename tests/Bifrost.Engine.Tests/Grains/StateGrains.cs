namespace Bifrost.Engine.Tests;

[GenerateSerializer, Alias("test.Tally")]
public sealed class Tally
{
    [Id(0)] public int Count { get; set; }
}

[Alias("test.ITallyGrain")]
public interface ITallyGrain : IGrainWithStringKey
{
    /// <summary>Counts and stores; a conflict is read again and merged.</summary>
    [Alias("AddMerging")]
    Task<int> AddMerging(int count);

    /// <summary>Counts and stores; a conflict escapes.</summary>
    [Alias("Add")]
    Task<int> Add(int count);

    [Alias("Count")]
    Task<int> Count();

    [Alias("Exists")]
    Task<bool> Exists();

    [Alias("Clear")]
    Task Clear();

    [Alias("Who")]
    Task<Guid> Who();

    /// <summary>Writes <paramref name="times"/> times without waiting in between, then for all of them.</summary>
    [Alias("AddOften")]
    Task AddOften(int times);

    /// <summary>Reads its state outside of its turn; true if that was refused.</summary>
    [Alias("IsRefusedOutsideItsTurn")]
    Task<bool> IsRefusedOutsideItsTurn();
}

[Alias("test.ILastingGrain")]
public interface ILastingGrain : ITallyGrain;

[Alias("test.IShortLivedGrain")]
public interface IShortLivedGrain : ITallyGrain;

public abstract class TallyBase(IPersistentState<Tally> tally) : Grain, ITallyGrain
{
    private readonly Guid _id = Guid.CreateVersion7();

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.Of(this.GetPrimaryKeyString()).Note($"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public async Task<int> AddMerging(int count)
    {
        tally.State.Count += count;
        try
        {
            await tally.WriteStateAsync();
        }
        catch (Orleans.Storage.InconsistentStateException)
        {
            await tally.ReadStateAsync();
            tally.State.Count += count;
            await tally.WriteStateAsync();
        }
        return tally.State.Count;
    }

    public async Task<int> Add(int count)
    {
        tally.State.Count += count;
        await tally.WriteStateAsync();
        return tally.State.Count;
    }

    public Task<int> Count() => Task.FromResult(tally.State.Count);

    public Task<bool> Exists() => Task.FromResult(tally.RecordExists);

    public Task Clear() => tally.ClearStateAsync();

    public Task<Guid> Who() => Task.FromResult(_id);

    public async Task AddOften(int times)
    {
        List<Task> writes = [];
        for (var i = 0; i < times; i++)
        {
            tally.State.Count++;
            writes.Add(tally.WriteStateAsync());
        }
        await Task.WhenAll(writes);
    }

    public async Task<bool> IsRefusedOutsideItsTurn()
    {
        var outside = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                try
                {
                    outside.SetResult(tally.State.Count < 0);
                }
                catch (Exception)
                {
                    outside.SetResult(true);
                }
            },
            null);
        return await outside.Task;
    }
}

[GrainType("tally")]
public sealed class TallyGrain([PersistentState("tally", "Default")] IPersistentState<Tally> tally) : TallyBase(tally), ILastingGrain;

/// <summary>Named no storage: the default one.</summary>
public sealed class ShortLivedGrain([PersistentState("short")] IPersistentState<Tally> tally) : TallyBase(tally), IShortLivedGrain;
