namespace Bifrost.Simulation.Jobs;

/// <summary>A rule that is left out on purpose, to see that the simulation notices.</summary>
internal enum JobFlaw
{
    None,

    /// <summary>The store takes a runner's word whatever fence it carries. Planted in <see cref="FaultyJobStore"/>.</summary>
    FenceIgnored,

    /// <summary>A settlement completes, and so its job, before its entry is durable. Planted in <see cref="SimKeyGrain"/>.</summary>
    CompletesBeforePost,

    /// <summary>The sweep takes away no lease of a dead process. Planted in <see cref="FaultyJobStore"/>.</summary>
    LeavesLostLeases,

    /// <summary>
    /// The lease of a process that the ledger holds to be dead, because nobody has heard of it, is taken away before it ends.
    /// Planted in the store's knowledge of owners (<see cref="JobWorld"/>).
    /// </summary>
    TakesLeasesOfTheUnheard,

    /// <summary>A runner whose lease was not confirmed goes on. Planted in the runner's options (<see cref="JobSilo"/>).</summary>
    RunsOnWithoutLease,

    /// <summary>The sweep deletes what has ended, expired or not. Planted in <see cref="FaultyJobStore"/>.</summary>
    SweepsTooEarly,

    /// <summary>The store charges no run. Planted in <see cref="FaultyJobStore"/>.</summary>
    ChargesNothing,
}

/// <summary>Something that jobs promise was found broken.</summary>
internal sealed class JobBrokenException(string what) : Exception(what);

/// <summary>The process that was to go on is dead, or the one that was asked.</summary>
internal sealed class SiloGoneException() : Exception("The silo is gone.");
