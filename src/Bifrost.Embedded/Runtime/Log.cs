using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Bifrost.Embedded.Runtime;

/// <summary>Event ids 100 to 199.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information,
        "Actor engine: Embedded. {Classes} grain classes in this process alone; no network, no cluster. Idle grains end after {CollectionAge}.")]
    public static partial void Started(ILogger logger, int classes, TimeSpan collectionAge);

    [LoggerMessage(101, LogLevel.Information, "Actor engine stopped; {Activations} activations ended.")]
    public static partial void Stopped(ILogger logger, int activations);

    [LoggerMessage(102, LogLevel.Warning, "Actor engine stopped before {Activations} activations had ended.")]
    public static partial void StoppedEarly(ILogger logger, int activations);

    [LoggerMessage(110, LogLevel.Error, "Grain {Grain} did not activate.")]
    public static partial void ActivationFailed(ILogger logger, GrainId grain, Exception exception);

    [LoggerMessage(111, LogLevel.Error, "OnDeactivateAsync of grain {Grain} failed.")]
    public static partial void DeactivationFailed(ILogger logger, GrainId grain, Exception exception);

    [LoggerMessage(112, LogLevel.Warning, "Grain {Grain} ends with {Running} calls still under way.")]
    public static partial void DeactivationForced(ILogger logger, GrainId grain, int running);

    [LoggerMessage(113, LogLevel.Warning, "Grain {Grain} met a storage conflict and ends; the next call reads its state afresh.")]
    public static partial void StorageConflict(ILogger logger, GrainId grain, Exception exception);

    [LoggerMessage(114, LogLevel.Debug, "Grain {Grain} ended: {Reason}.")]
    public static partial void Deactivated(ILogger logger, GrainId grain, DeactivationReason reason);

    [LoggerMessage(120, LogLevel.Warning, "A timer of grain {Grain} failed; it goes on.")]
    public static partial void TimerFailed(ILogger logger, GrainId grain, Exception exception);

    [LoggerMessage(130, LogLevel.Error, "{Operation} of state {State} of grain {Grain} failed.")]
    public static partial void StorageFailed(ILogger logger, string operation, string state, GrainId grain, Exception exception);

    [LoggerMessage(140, LogLevel.Error, "The engine's upkeep failed; it is tried again.")]
    public static partial void UpkeepFailed(ILogger logger, Exception exception);
}
