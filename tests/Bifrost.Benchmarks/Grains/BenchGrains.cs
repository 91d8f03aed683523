using Orleans.Concurrency;

namespace Bifrost.Benchmarks.Grains;

/// <summary>A request of a few fields, as admission sends them.</summary>
[GenerateSerializer, Immutable, Alias("bench.Ask")]
public sealed record Ask
{
    [Id(0)] public required Guid Id { get; init; }

    [Id(1)] public required string Name { get; init; }

    [Id(2)] public long Amount { get; init; }
}

/// <summary>An answer of a few fields.</summary>
[GenerateSerializer, Immutable, Alias("bench.Answer")]
public sealed record Answer
{
    [Id(0)] public required Guid Id { get; init; }

    [Id(1)] public bool Granted { get; init; }
}

[Alias("bench.IAskGrain")]
public interface IAskGrain : IGrainWithStringKey
{
    /// <summary>Answers in its first segment.</summary>
    [Alias("Now")]
    Task<Answer> Now(Ask ask);

    /// <summary>Answers after it left the thread once.</summary>
    [Alias("Later")]
    Task<Answer> Later(Ask ask);
}

[Alias("bench.IOrdinaryGrain")]
public interface IOrdinaryGrain : IAskGrain
{
    /// <summary>Asks another grain.</summary>
    [Alias("Relay")]
    Task<Answer> Relay(string to, Ask ask);

    /// <summary>Answers, and ends the activation.</summary>
    [Alias("Last")]
    Task<Answer> Last(Ask ask);
}

[Alias("bench.IWorkerGrain")]
public interface IWorkerGrain : IAskGrain;

public abstract class AskGrain : Grain, IAskGrain
{
    public Task<Answer> Now(Ask ask) => Task.FromResult(new Answer { Id = ask.Id, Granted = true });

    public async Task<Answer> Later(Ask ask)
    {
        await Task.Yield();
        return new Answer { Id = ask.Id, Granted = true };
    }
}

public sealed class OrdinaryGrain : AskGrain, IOrdinaryGrain
{
    public Task<Answer> Relay(string to, Ask ask) => GrainFactory.GetGrain<IOrdinaryGrain>(to).Now(ask);

    public Task<Answer> Last(Ask ask)
    {
        DeactivateOnIdle();
        return Now(ask);
    }
}

[StatelessWorker(1, false), Reentrant]
public sealed class WorkerGrain : AskGrain, IWorkerGrain;
