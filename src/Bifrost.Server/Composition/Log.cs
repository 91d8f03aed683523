namespace Bifrost.Server.Composition;

/// <summary>Messages of the composition root; event ids 6000 to 6099.</summary>
internal static partial class Log
{
    [LoggerMessage(6000, LogLevel.Information,
        "{Product} {Version} listens on {Addresses}; {Providers} providers, {Keys} virtual keys.")]
    public static partial void Listening(
        ILogger logger, string product, string version, string addresses, int providers, int keys);

    [LoggerMessage(6001, LogLevel.Warning, "Configuration: {Warning}.")]
    public static partial void ConfigurationWarning(ILogger logger, string warning);

    [LoggerMessage(6002, LogLevel.Information, "Stopping: running calls have {DrainSeconds} s to end; a second signal ends at once.")]
    public static partial void Stopping(ILogger logger, int drainSeconds);

    [LoggerMessage(6003, LogLevel.Information, "Stopped.")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(6004, LogLevel.Information,
        "Without \"cluster\" in the configuration, rate windows and calls in flight are counted by each server on this PostgreSQL for itself.")]
    public static partial void CountsAlone(ILogger logger);

    [LoggerMessage(6005, LogLevel.Warning, "The silo joins its cluster when the store is there: {Why}")]
    public static partial void WaitsForStore(ILogger logger, string why);

    [LoggerMessage(6010, LogLevel.Warning, "The first admin token could not be made; trying again.")]
    public static partial void AdminTokenNotMade(ILogger logger, Exception exception);

    [LoggerMessage(6011, LogLevel.Critical, "Stopping, since the store is not in its place any more: {Why}")]
    public static partial void StoreMoved(ILogger logger, string why);

    [LoggerMessage(6012, LogLevel.Critical, "Stopping: {Mistake}.")]
    public static partial void AdminTokenIsNoneAlone(ILogger logger, string mistake);

    [LoggerMessage(6013, LogLevel.Warning,
        "client.enforce_auth_on_inference is false: whoever reaches this process spends with its providers' keys, bound by the global limits alone.")]
    public static partial void AuthIsOff(ILogger logger);
}
