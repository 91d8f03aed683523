using Microsoft.Extensions.Logging;

namespace Bifrost.Grains;

/// <summary>What keys say: event ids 3000 to 3099.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "The snapshot of virtual key {VirtualKeyId} was not written; the next one makes up for it")]
    public static partial void KeySnapshotLost(ILogger logger, string virtualKeyId, Exception exception);
}
