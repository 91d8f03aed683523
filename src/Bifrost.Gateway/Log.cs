using Microsoft.Extensions.Logging;

namespace Bifrost.Gateway;

/// <summary>Messages of the front-end; event ids 1000 to 1099.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Error, "Request {RequestId} on {Path} failed inside the gateway.")]
    public static partial void RequestFailed(ILogger logger, string requestId, string path, Exception exception);

    [LoggerMessage(1001, LogLevel.Information, "{Method} {Route} {Status} in {DurationMs} ms, request {RequestId}, key {VirtualKeyId}, {Provider} {Model}")]
    public static partial void Served(
        ILogger logger, string method, string route, int status, string durationMs, string requestId, string? virtualKeyId, string? provider, string? model);
}
