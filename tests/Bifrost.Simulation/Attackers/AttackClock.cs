namespace Bifrost.Simulation.Attackers;

/// <summary>The clock of one process: none of its timers fires once the process is dead.</summary>
internal sealed class AttackClock(AttackWorld world, AttackSilo silo) : TimeProvider
{
    public override long TimestampFrequency => world.Clock.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => world.Clock.GetUtcNow();

    public override long GetTimestamp() => world.Clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => world.Clock.CreateTimer(
        s =>
        {
            if (!silo.Dead) callback(s);
        },
        state,
        dueTime,
        period);
}

/// <summary>The process that was to go on is dead, or the one that was asked.</summary>
internal sealed class AttackSiloGoneException() : Exception("The silo is gone.");
