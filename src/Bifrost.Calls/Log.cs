using Bifrost.Calls.Accounting;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls;

/// <summary>Log messages of calls: event ids 1000 to 1099 for the pipeline, 1300 to 1399 for dispatch and the board.</summary>
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

    [LoggerMessage(1008, LogLevel.Information, "Admission of attempt {AttemptId} of key {VirtualKeyId} failed and is asked again")]
    public static partial void AdmissionAskedAgain(ILogger log, Guid attemptId, string virtualKeyId, Exception exception);

    [LoggerMessage(1003, LogLevel.Error, "Dispatch of attempt {AttemptId} to {Provider} ended without a reply")]
    public static partial void DispatchUnknown(ILogger log, Guid attemptId, string provider, Exception exception);

    [LoggerMessage(1004, LogLevel.Error, "The stream of attempt {AttemptId} from {Provider} broke with an exception")]
    public static partial void StreamBroke(ILogger log, Guid attemptId, string provider, Exception exception);

    [LoggerMessage(1005, LogLevel.Information, "Attempt {AttemptId} to {Provider} was cut off: {Drains} calls of left clients are being drained already")]
    public static partial void DrainRefused(ILogger log, Guid attemptId, string provider, int drains);

    [LoggerMessage(
        1006,
        LogLevel.Warning,
        "Provider {Provider} told a usage of {Model} that cannot be ({Faults}), attempt {AttemptId}: {PromptTokens} prompt and {OutputTokens} output "
            + "tokens are booked; the bound was {PromptBound} and {OutputBound}")]
    public static partial void UsageImplausible(
        ILogger log,
        string provider,
        string model,
        UsageFaults faults,
        Guid attemptId,
        long promptTokens,
        long outputTokens,
        long promptBound,
        long outputBound);

    [LoggerMessage(1007, LogLevel.Warning, "Limit {Limit} was reached, {Times} times since the last such line; this time by {Who}")]
    public static partial void LimitReached(ILogger log, string limit, long times, string who);

    [LoggerMessage(1300, LogLevel.Warning, "Circuit of provider {Provider}: {Before} to {After} (last outcome: {Kind})")]
    public static partial void CircuitChanged(ILogger logger, string provider, CircuitState before, CircuitState after, FailureKind kind);

    [LoggerMessage(1320, LogLevel.Error, "The grains of this silo have answered nothing for {Seconds} s; /health/live says no until they do")]
    public static partial void GrainsAreStuck(ILogger log, long seconds, Exception exception);

    [LoggerMessage(1310, LogLevel.Warning, "The board of the silos does not answer; /api/cluster and /api/providers lack this silo until it does")]
    public static partial void BoardAway(ILogger log, Exception exception);
}
