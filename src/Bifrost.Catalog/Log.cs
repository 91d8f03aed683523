using Microsoft.Extensions.Logging;

namespace Bifrost.Catalog;

/// <summary>Log messages of the catalog: event ids 1200 to 1299.</summary>
internal static partial class Log
{
    [LoggerMessage(1200, LogLevel.Information, "Catalog version {Version} is in force here: {Keys} virtual keys")]
    public static partial void CatalogTaken(ILogger log, long version, int keys);

    [LoggerMessage(1201, LogLevel.Warning, "The catalog could not be loaded; trying again in {PauseMs} ms")]
    public static partial void CatalogNotLoaded(ILogger log, long pauseMs, Exception exception);

    [LoggerMessage(1202, LogLevel.Warning, "The announcer of configuration changes does not answer; heartbeats tell of them within a second")]
    public static partial void AnnouncerAway(ILogger log, Exception exception);

    [LoggerMessage(1203, LogLevel.Warning, "Catalog version {Version} is held up by holder {HolderId}, which works by version {Seen}")]
    public static partial void BarrierHeldUp(ILogger log, long version, Guid holderId, long seen);

    [LoggerMessage(
        1204, LogLevel.Warning, "Provider {Provider} has no price, so calls of its models are {Fate} (limits.unpriced). Price its models with 'pricing' "
        + "or PUT /api/pricing; the name {AllModels} prices all of them at once, at 0 where they bill nobody")]
    public static partial void ProviderUnpriced(ILogger log, string provider, string fate, string allModels);
}
