using Microsoft.Extensions.Logging;

namespace Bifrost.Keys;

/// <summary>Log messages of keys and accounts: event ids 3000 to 3299.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "The snapshot of virtual key {VirtualKeyId} was not written; the next one makes up for it")]
    public static partial void KeySnapshotLost(ILogger logger, string virtualKeyId, Exception exception);

    [LoggerMessage(3200, LogLevel.Warning, "The snapshot of account {AccountKey} was not written; the next one makes up for it")]
    public static partial void AccountSnapshotLost(ILogger logger, string accountKey, Exception exception);
}
