using Microsoft.Extensions.Logging;

namespace Bifrost.Keys;

/// <summary>Log messages of keys and accounts: event ids 3000 to 3299.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Warning, "The snapshot of virtual key {VirtualKeyId} was not written; the next one makes up for it")]
    public static partial void KeySnapshotLost(ILogger logger, string virtualKeyId, Exception exception);

    [LoggerMessage(
        3001, LogLevel.Warning, "Model {Provider}/{Model} has no price: its calls are booked at no cost. Price it with PUT /api/pricing or 'pricing'; "
        + "GET /api/pricing/unpriced lists such models. Further calls of it are counted and not logged")]
    public static partial void ModelUnpriced(ILogger logger, string provider, string model);

    [LoggerMessage(3100, LogLevel.Warning,
        "Model {Model} charged more than the most that was worked out for it; its bound is {Thousandths} thousandths of that from now on. "
        + "See what it charges for, correct its price or its data, and reset it by DELETE /api/bounds")]
    public static partial void BoundBroken(ILogger logger, string model, int thousandths);

    [LoggerMessage(3101, LogLevel.Warning, "The raised bound of model {Model} could not be stored yet; this server acts on it all the same")]
    public static partial void BrokenBoundNotStored(ILogger logger, string model, Exception exception);

    [LoggerMessage(3200, LogLevel.Warning, "The snapshot of account {AccountKey} was not written; the next one makes up for it")]
    public static partial void AccountSnapshotLost(ILogger logger, string accountKey, Exception exception);
}
