using Bifrost.Ledger.Leases;
using Microsoft.Extensions.Logging;

namespace Bifrost.Ledger;

/// <summary>Log messages of the ledger: event ids 1100 to 1199.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Warning, "The ledger's store did not take a batch of {Commands} commands; repeating until it does")]
    public static partial void BatchFailed(ILogger log, int commands, Exception exception);

    [LoggerMessage(1101, LogLevel.Information, "The ledger's store takes batches again after {Failures} failures")]
    public static partial void BatchesBack(ILogger log, int failures);

    [LoggerMessage(1102, LogLevel.Warning, "No heartbeat reaches the ledger's store; nothing is admitted {TtlMs} ms after the last one")]
    public static partial void HeartbeatFailed(ILogger log, long ttlMs, Exception exception);

    [LoggerMessage(1103, LogLevel.Information, "Heartbeats reach the ledger's store as holder {HolderId}")]
    public static partial void HeartbeatsBack(ILogger log, Guid holderId);

    [LoggerMessage(1104, LogLevel.Warning, "Holder {HolderId} was declared dead; going on under a new id")]
    public static partial void HolderLost(ILogger log, Guid holderId);

    [LoggerMessage(1105, LogLevel.Warning, "A sweep of the ledger failed")]
    public static partial void SweepFailed(ILogger log, Exception exception);

    [LoggerMessage(1106, LogLevel.Warning, "A sweep declared {Holders} holders dead and put {Leases} leases in doubt")]
    public static partial void Swept(ILogger log, int holders, int leases);

    [LoggerMessage(1107, LogLevel.Critical, "The ledger's store refuses the entry of attempt {AttemptId}: lease {LeaseId}, key {VirtualKeyId}, "
        + "{CostNanos} nano-dollars; the cost stays in doubt")]
    public static partial void EntryRejected(ILogger log, Guid attemptId, Guid? leaseId, string virtualKeyId, long costNanos);

    [LoggerMessage(1108, LogLevel.Error, "Stopped with {Entries} entries that are not durable and {Holds} calls that have not ended; "
        + "their leases will be in doubt")]
    public static partial void StoppedEarly(ILogger log, int entries, int holds);

    [LoggerMessage(1109, LogLevel.Critical, "The ledger's writer broke; nothing is admitted any more")]
    public static partial void WriterBroke(ILogger log, Exception exception);

    [LoggerMessage(1110, LogLevel.Critical, "Invariant {Invariant} of the ledger does not hold: {Value} beside {Limit}; "
        + "docs/runbooks/credit-in-doubt.md says what to look at")]
    public static partial void InvariantViolated(ILogger log, Invariant invariant, long value, long limit);
}
