using Microsoft.Extensions.Logging;

namespace Bifrost.Grains;

/// <summary>What jobs say: event ids 3300 to 3399.</summary>
internal static partial class Log
{
    [LoggerMessage(3300, LogLevel.Warning, "The due jobs of partition {Partition} could not be read; the next pull tries again")]
    public static partial void JobQueueBlind(ILogger logger, int partition, Exception exception);

    [LoggerMessage(3301, LogLevel.Warning, "Jobs could not be swept; the next sweep makes up for it")]
    public static partial void JobSweepFailed(ILogger logger, Exception exception);

    [LoggerMessage(3302, LogLevel.Warning, "{Jobs} jobs were taken from runners that did not renew their leases")]
    public static partial void JobLeasesLost(ILogger logger, int jobs);

    [LoggerMessage(3303, LogLevel.Debug, "Nobody could be told that job {JobId} was taken from its runner")]
    public static partial void JobReturnNotTold(ILogger logger, Guid jobId, Exception exception);
}
