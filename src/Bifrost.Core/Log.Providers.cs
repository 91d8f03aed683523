using Bifrost.Abstractions.Providers;
using Microsoft.Extensions.Logging;

namespace Bifrost.Core;

internal static partial class Log
{
    [LoggerMessage(1300, LogLevel.Warning, "Circuit of provider {Provider}: {Before} to {After} (last outcome: {Kind})")]
    public static partial void CircuitChanged(ILogger logger, string provider, CircuitState before, CircuitState after, FailureKind kind);
}
