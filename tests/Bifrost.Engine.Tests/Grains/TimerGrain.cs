namespace Bifrost.Engine.Tests;

[Alias("test.ITimerGrain")]
public interface ITimerGrain : IGrainWithStringKey
{
    /// <summary>Ticks enter the stage and note "tick".</summary>
    [Alias("Start")]
    Task Start(int dueMs, int periodMs);

    /// <summary>The first tick stays inside until the stage opens.</summary>
    [Alias("StartHolding")]
    Task StartHolding(int periodMs, bool interleave);

    /// <summary>Every tick throws.</summary>
    [Alias("StartFailing")]
    Task StartFailing(int periodMs);

    [Alias("Change")]
    Task Change(int dueMs, int periodMs);

    [Alias("Stop")]
    Task Stop();

    /// <summary>Stays inside until the stage named so opens.</summary>
    [Alias("Hold")]
    Task Hold(string stage);

    [Alias("Ping"), AlwaysInterleave]
    Task Ping();

    [Alias("End")]
    Task End();
}

public sealed class TimerGrain : Grain, ITimerGrain
{
    private IGrainTimer? _timer;

    private Stage Stage => Stage.Of(this.GetPrimaryKeyString());

    public Task Start(int dueMs, int periodMs) => Register(dueMs, periodMs, interleave: false, token =>
    {
        token.Register(() => Stage.Note("token cancelled"));
        Stage.Enter();
        Stage.Leave();
        Stage.Note("tick");
        return Task.CompletedTask;
    });

    public Task StartHolding(int periodMs, bool interleave) => Register(1, periodMs, interleave, async _ =>
    {
        Stage.Enter();
        await Stage.Gate;
        Stage.Leave();
        Stage.Note("tick");
    });

    public Task StartFailing(int periodMs) => Register(1, periodMs, interleave: false, async _ =>
    {
        Stage.Note("tick");
        await Task.Yield();
        throw new InvalidOperationException("a tick that fails");
    });

    public Task Change(int dueMs, int periodMs)
    {
        _timer!.Change(Ms(dueMs), Ms(periodMs));
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public async Task Hold(string stage)
    {
        Stage.Of(stage).Enter();
        await Stage.Of(stage).Gate;
    }

    public Task Ping() => Task.CompletedTask;

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Stage.Note("end");
        return Task.CompletedTask;
    }

    private Task Register(int dueMs, int periodMs, bool interleave, Func<CancellationToken, Task> tick)
    {
        _timer = this.RegisterGrainTimer(tick, new GrainTimerCreationOptions { DueTime = Ms(dueMs), Period = Ms(periodMs), Interleave = interleave });
        return Task.CompletedTask;
    }

    private static TimeSpan Ms(int ms) => ms < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(ms);
}
