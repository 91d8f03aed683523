using Microsoft.Extensions.Logging;

namespace Bifrost.Grains;

/// <summary>What accounts say: event ids 3200 to 3299.</summary>
internal static partial class Log
{
    [LoggerMessage(3200, LogLevel.Warning, "The snapshot of account {AccountKey} was not written; the next one makes up for it")]
    public static partial void AccountSnapshotLost(ILogger logger, string accountKey, Exception exception);
}
