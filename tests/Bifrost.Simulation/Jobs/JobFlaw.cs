namespace Bifrost.Simulation.Jobs;

/// <summary>A rule that is left out on purpose, to see that the simulation notices.</summary>
internal enum JobFlaw
{
    None,

    /// <summary>The store takes a runner's word whatever fence it carries.</summary>
    FenceIgnored,

    /// <summary>A runner ends its job before the entry of its call is durable.</summary>
    CompletesBeforePost,

    /// <summary>Nobody takes away the leases of those who died.</summary>
    LeavesLostLeases,

    /// <summary>The lease of a process that the ledger holds to be dead, because nobody has heard of it, is taken away before it ends.</summary>
    TakesLeasesOfTheUnheard,

    /// <summary>A runner whose lease was not confirmed goes on.</summary>
    RunsOnWithoutLease,

    /// <summary>The sweep deletes what has ended, expired or not.</summary>
    SweepsTooEarly,

    /// <summary>The store charges no run.</summary>
    ChargesNothing,
}

/// <summary>Something that jobs promise was found broken.</summary>
internal sealed class JobBrokenException(string what) : Exception(what);

/// <summary>The process that was to go on is dead, or the one that was asked.</summary>
internal sealed class SiloGoneException() : Exception("The silo is gone.");
