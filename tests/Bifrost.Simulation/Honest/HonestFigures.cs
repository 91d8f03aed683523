namespace Bifrost.Simulation.Honest;

/// <summary>What a run came to; sums of several runs add up.</summary>
internal sealed record HonestFigures
{
    public long LimitNanos { get; init; }

    /// <summary>Spent, of what was there before the run included.</summary>
    public long SpentNanos { get; init; }

    /// <summary>The same at the first 402.</summary>
    public long SpentAtFirst402Nanos { get; init; }
    public int Calls { get; init; }

    /// <summary>Refusals with 429.</summary>
    public int Held { get; init; }

    /// <summary>Those of calls whose cost, with that of all running ones, was left.</summary>
    public int HeldPayable { get; init; }

    /// <summary>Refusals with 402 of calls whose cost, with that of all running ones, was left.</summary>
    public int ExceededPayable { get; init; }

    /// <summary>From a call's first refusal to its admission, where it was once refused though payable.</summary>
    public TimeSpan LongestWait { get; init; }

    /// <summary>From a refusal of a payable call to its admission or a refusal that it was not payable at.</summary>
    public TimeSpan LongestPayable { get; init; }

    /// <summary>Time that calls spent between their first refusal and their admission.</summary>
    public TimeSpan Blocked { get; init; }

    /// <summary>Time that keys were active.</summary>
    public TimeSpan Active { get; init; }

    /// <summary>Calls whose output limit was lowered.</summary>
    public int Clamped { get; init; }

    /// <summary>Calls whose answer the lowered limit cut.</summary>
    public int Cut { get; init; }
    public int Acquires { get; init; }
    public int Counted { get; init; }

    public double SpentPercent => 100.0 * SpentNanos / LimitNanos;
    public double SpentAtFirst402Percent => 100.0 * SpentAtFirst402Nanos / LimitNanos;
    public double HeldPayablePerCall => (double)HeldPayable / Math.Max(1, Calls);
    public double BlockedPercent => 100.0 * Blocked.Ticks / Math.Max(1, Active.Ticks);
    public double ClampedPercent => 100.0 * Clamped / Math.Max(1, Calls);
    public double CutPercent => 100.0 * Cut / Math.Max(1, Calls);
    public double AcquiresPerCall => (double)Acquires / Math.Max(1, Calls);

    public static HonestFigures operator +(HonestFigures one, HonestFigures two) => new()
    {
        LimitNanos = one.LimitNanos + two.LimitNanos,
        SpentNanos = one.SpentNanos + two.SpentNanos,
        SpentAtFirst402Nanos = one.SpentAtFirst402Nanos + two.SpentAtFirst402Nanos,
        Calls = one.Calls + two.Calls,
        Held = one.Held + two.Held,
        HeldPayable = one.HeldPayable + two.HeldPayable,
        ExceededPayable = one.ExceededPayable + two.ExceededPayable,
        LongestWait = one.LongestWait > two.LongestWait ? one.LongestWait : two.LongestWait,
        LongestPayable = one.LongestPayable > two.LongestPayable ? one.LongestPayable : two.LongestPayable,
        Blocked = one.Blocked + two.Blocked,
        Active = one.Active + two.Active,
        Clamped = one.Clamped + two.Clamped,
        Cut = one.Cut + two.Cut,
        Acquires = one.Acquires + two.Acquires,
        Counted = one.Counted + two.Counted,
    };
}
