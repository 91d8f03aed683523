namespace Bifrost.Simulation.Jobs;

/// <summary>The clock of one process: none of its timers fires once the process is dead.</summary>
internal sealed class SiloClock(JobWorld world, JobSilo silo) : TimeProvider
{
    public override long TimestampFrequency => world.Clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => world.Clock.GetUtcNow();

    public override long GetTimestamp() => world.Clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        world.CheckThread();
        return world.Clock.CreateTimer(
            s =>
            {
                if (!silo.Dead) callback(s);
            },
            state,
            dueTime,
            period);
    }
}
