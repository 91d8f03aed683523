namespace Bifrost.Simulation.Jobs;

/// <summary>The store's clock. It jumps where the processes' own clocks, which only count on, do not.</summary>
internal sealed class StoreClock(SimClock clock) : TimeProvider
{
    private TimeSpan _offset;

    /// <summary>The latest time that it ever showed.</summary>
    public DateTimeOffset Latest { get; private set; }

    public override DateTimeOffset GetUtcNow()
    {
        var now = clock.GetUtcNow() + _offset;
        if (now > Latest) Latest = now;
        return now;
    }

    public void Jump(TimeSpan by) => _offset += by;
}
