using Microsoft.Extensions.Logging;

namespace Bifrost.Gateway;

/// <summary>Messages of the front-end; event ids 1000 to 1099.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Error, "Request {RequestId} on {Path} failed inside the gateway.")]
    public static partial void RequestFailed(ILogger logger, string requestId, string path, Exception exception);
}
