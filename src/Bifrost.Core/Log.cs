using Microsoft.Extensions.Logging;

namespace Bifrost.Core;

/// <summary>Every log message of this project. Event ids: 1000-1099 pipeline, 1100-1199 ledger, 1200-1299 catalog, 1300-1399 providers.</summary>
internal static partial class Log
{
    [LoggerMessage(
        1000,
        LogLevel.Warning,
        "Settlement of attempt {AttemptId} of key {VirtualKeyId} is not durable after {Tries} tries; repeating in {PauseMs} ms")]
    public static partial void SettlementRepeated(
        ILogger log, Guid attemptId, string virtualKeyId, int tries, int pauseMs, Exception exception);

    [LoggerMessage(1001, LogLevel.Error, "{Left} settlements are not durable after {LimitMs} ms; their leases will be in doubt")]
    public static partial void SettlementsLeft(ILogger log, int left, long limitMs);

    [LoggerMessage(1002, LogLevel.Warning, "Admission of attempt {AttemptId} of key {VirtualKeyId} could not be asked")]
    public static partial void AdmissionUnknown(ILogger log, Guid attemptId, string virtualKeyId, Exception exception);

    [LoggerMessage(1003, LogLevel.Error, "Dispatch of attempt {AttemptId} to {Provider} ended without a reply")]
    public static partial void DispatchUnknown(ILogger log, Guid attemptId, string provider, Exception exception);

    [LoggerMessage(1004, LogLevel.Error, "The stream of attempt {AttemptId} from {Provider} broke with an exception")]
    public static partial void StreamBroke(ILogger log, Guid attemptId, string provider, Exception exception);

    [LoggerMessage(1005, LogLevel.Information, "Attempt {AttemptId} to {Provider} was cut off: {Drains} calls of left clients are being drained already")]
    public static partial void DrainRefused(ILogger log, Guid attemptId, string provider, int drains);

    [LoggerMessage(1200, LogLevel.Information, "Catalog version {Version} is in force here: {Keys} virtual keys")]
    public static partial void CatalogTaken(ILogger log, long version, int keys);

    [LoggerMessage(1201, LogLevel.Warning, "The catalog could not be loaded; trying again in {PauseMs} ms")]
    public static partial void CatalogNotLoaded(ILogger log, long pauseMs, Exception exception);

    [LoggerMessage(1202, LogLevel.Warning, "The doorbell of configuration changes does not answer; heartbeats tell of them within a second")]
    public static partial void BellAway(ILogger log, Exception exception);

    [LoggerMessage(1203, LogLevel.Warning, "Catalog version {Version} is held up by holder {HolderId}, which works by version {Seen}")]
    public static partial void BarrierHeldUp(ILogger log, long version, Guid holderId, long seen);
}
