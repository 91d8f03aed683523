using Bifrost.Abstractions.Providers;
using Microsoft.Extensions.Logging;

namespace Bifrost.Grains;

/// <summary>What grains say; event ids from 3000. Dispatch has 3100 to 3199.</summary>
internal static partial class Log
{
    [LoggerMessage(3100, LogLevel.Warning, "Circuit of provider {Provider}: {Before} to {After} (last outcome: {Kind})")]
    public static partial void CircuitChanged(ILogger logger, string provider, CircuitState before, CircuitState after, FailureKind kind);
}
