using Bifrost.Server.Configuration;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Logs;

namespace Bifrost.Server.Composition;

/// <summary>
/// One line a message on the console: time in UTC, level, category, text; or one JSON object a message, for machines. The host's own chatter starts at Warning.
/// </summary>
internal static class ServerLogging
{
    public static void Use(ILoggingBuilder logging, ObservabilitySettings settings)
    {
        logging.ClearProviders();
        if (settings.Logs.IsJson) UseJson(logging);
        else UseText(logging);
        if (settings.Otlp is { HasLogs: true } otlp)
        {
            logging.AddOpenTelemetry(log =>
            {
                (log.IncludeScopes, log.IncludeFormattedMessage) = (true, true);
                log.AddOtlpExporter(exporter => OtlpExport.Set(exporter, otlp, "/v1/logs"));
            });
        }

        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Bifrost", LogLevel.Information);

        // At every start Orleans recommends server GC, and takes the machine's uptime for a stall of its own first check.
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);

        // What Orleans repeats by itself it tells twice.
        logging.AddFilter("Polly", LogLevel.Error);

        // Without tracing, an activity for each request would serve log scopes alone, and these are not printed.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // Failed starts throw, and the message is printed once, by whoever started.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
    }

    /// <summary>Whether lines show the scopes that they are written in.</summary>
    public static bool HasScopes(ObservabilitySettings settings) => settings.Logs.IsJson || settings.Otlp is { HasLogs: true };

    private static void UseText(ILoggingBuilder logging) => logging.AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        console.ColorBehavior = LoggerColorBehavior.Disabled;
    });

    private static void UseJson(ILoggingBuilder logging) => logging.AddJsonConsole(console =>
    {
        console.IncludeScopes = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
    });
}
