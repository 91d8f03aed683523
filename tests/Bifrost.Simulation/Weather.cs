namespace Bifrost.Simulation;

/// <summary>How the store treats one silo for a while.</summary>
internal enum Weather
{
    Calm,

    /// <summary>Refusals, lost answers, hangs and repetitions, one call in three.</summary>
    Rough,

    /// <summary>Every call takes seconds.</summary>
    Slow,

    /// <summary>Nothing comes through, or only much later.</summary>
    Outage,
}
