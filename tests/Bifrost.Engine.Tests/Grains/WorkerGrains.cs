namespace Bifrost.Engine.Tests;

/// <summary>A message with a live member that only its own process can use.</summary>
[GenerateSerializer, Immutable, Alias("test.Parcel")]
public sealed record Parcel
{
    [Id(0)] public required string Name { get; init; }

    [field: NonSerialized] public object? Live { get; init; }
}

[Alias("test.IWorkerGrain")]
public interface IWorkerGrain : IGrainWithStringKey
{
    /// <summary>Answers which activation it was, once the stage opens.</summary>
    [Alias("Hold")]
    Task<Guid> Hold();

    [Alias("Who")]
    Task<Guid> Who();
}

[Alias("test.ICrewGrain")]
public interface ICrewGrain : IWorkerGrain;

[Alias("test.ISoloGrain")]
public interface ISoloGrain : IWorkerGrain
{
    [Alias("Echo")]
    Task<Parcel> Echo(Parcel parcel);
}

public abstract class Worker : Grain, IWorkerGrain
{
    private readonly Guid _id = Guid.CreateVersion7();

    private Stage Stage => Stage.Of(this.GetPrimaryKeyString());

    public async Task<Guid> Hold()
    {
        Stage.Enter();
        await Stage.Gate;
        Stage.Leave();
        return _id;
    }

    public Task<Guid> Who() => Task.FromResult(_id);
}

[StatelessWorker(Limit, false)]
public sealed class WorkerGrain : Worker, ICrewGrain
{
    public const int Limit = 3;
}

[StatelessWorker(1, false), Reentrant]
public sealed class SoloGrain : Worker, ISoloGrain
{
    public Task<Parcel> Echo(Parcel parcel) => Task.FromResult(new Parcel { Name = parcel.Name, Live = parcel.Live });
}
