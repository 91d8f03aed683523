namespace Bifrost.Engine.Tests;

[Alias("test.ILifecycleGrain")]
public interface ILifecycleGrain : IGrainWithStringKey
{
    /// <summary>Which activation this is.</summary>
    [Alias("Who")]
    Task<Guid> Who();

    [Alias("End")]
    Task End();

    /// <summary>Asks for its end, then stays inside until the stage opens.</summary>
    [Alias("EndHolding")]
    Task<Guid> EndHolding();

    /// <summary>Key and the texts of injected services.</summary>
    [Alias("Describe")]
    Task<string> Describe();
}

public sealed class LifecycleGrain(Greeting greeting, Scoped scoped, TimeProvider productClock) : Grain, ILifecycleGrain
{
    private readonly Guid _id = Guid.CreateVersion7();
    private bool _active;

    private Stage Stage => Stage.Of(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        scoped.Key = this.GetPrimaryKeyString();
        if (this.GetPrimaryKeyString().EndsWith("-unwilling", StringComparison.Ordinal) && Stage.Notes.Count == 0)
        {
            Stage.Note("refused");
            throw new RefusedException("not yet");
        }
        _active = true;
        Stage.Note("activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.Note($"deactivated {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    public Task<Guid> Who() => Task.FromResult(_active ? _id : Guid.Empty);

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public async Task<Guid> EndHolding()
    {
        DeactivateOnIdle();
        Stage.Enter();
        await Stage.Gate;
        Stage.Note("held");
        return _id;
    }

    public Task<string> Describe() =>
        Task.FromResult($"{this.GetPrimaryKeyString()} {greeting.Text} {productClock.GetUtcNow():yyyy-MM-dd}");
}

/// <summary>An exception that may cross a grain call.</summary>
[GenerateSerializer, Alias("test.RefusedException")]
public sealed class RefusedException(string message) : Exception(message);
