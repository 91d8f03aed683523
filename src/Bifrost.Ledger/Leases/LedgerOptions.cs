using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>Limits and times of the silo's ledger.</summary>
public sealed record LedgerOptions
{
    /// <summary>Commands of one batch.</summary>
    public int BatchCommandsMax { get; init; } = LedgerLimits.BatchCommandsMax;

    /// <summary>How long entries and give-backs wait for company. An Acquire that somebody waits for does not wait.</summary>
    public TimeSpan BatchDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>A batch without an answer for so long counts as lost and is repeated.</summary>
    public TimeSpan BatchTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause before a batch is repeated; doubles up to <see cref="RetryDelayMax"/>.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Entries unposted plus calls admitted; a call beyond it is refused with 503.</summary>
    public int UnpostedMax { get; init; } = 100_000;

    /// <summary>Calls that may wait for credit of one chain.</summary>
    public int WaitersPerChainMax { get; init; } = 4_096;

    /// <summary>How long a call waits for credit before it is told that the ledger is unavailable.</summary>
    public TimeSpan HoldWaitMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a refusal is remembered for needs as large, on every chain of the budget that refused.</summary>
    public TimeSpan RefusalMemory { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// A chain that has asked the store nothing for so long asks it in spite of a refusal that is remembered: what other silos gave back since is
    /// not known here.
    /// </summary>
    public TimeSpan RefusalTrust { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What was held over this time is what the next lease wants to cover; what the store said of a budget counts for so long.</summary>
    public TimeSpan WantSpan { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a lease lies in hand unused before it is given back: with one retry after a second, others wait under 5 s for it.</summary>
    public TimeSpan IdleMax { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A heartbeat or a sweep without an answer for so long counts as lost.</summary>
    public TimeSpan HeartbeatTimeout { get; init; } = TimeSpan.FromSeconds(2);

    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often leases and holds are looked over for their ends.</summary>
    public TimeSpan TickEvery { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Attempts that ended before they were held, remembered so that a late Hold finds them ended.</summary>
    public int TombstonesMax { get; init; } = 10_000;

    /// <summary>How long a heartbeat keeps this silo admitting and its holder alive.</summary>
    public TimeSpan HolderTtl { get; init; } = LedgerLimits.HolderTtl;

    /// <summary>How long past its TTL a holder is left alone before its leases go in doubt.</summary>
    public TimeSpan HolderGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest a call may take; with <see cref="Drain"/>, the age at which a hold's lease goes in doubt.</summary>
    public TimeSpan LongestCall { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long an abandoned stream is drained to learn its usage.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stop waits for the last entries to become durable.</summary>
    public TimeSpan StopWaitMax { get; init; } = TimeSpan.FromSeconds(20);
}
