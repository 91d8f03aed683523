using Microsoft.Extensions.Logging;

namespace Bifrost.Storage;

/// <summary>What the stores say. Event ids 5000-5999.</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "Schema step {Step} applied")]
    public static partial void SchemaStepApplied(ILogger log, string step);

    [LoggerMessage(5001, LogLevel.Warning, "The database connection is opened anew: {Why}")]
    public static partial void ConnectionReopened(ILogger log, string why);

    [LoggerMessage(5002, LogLevel.Warning, "A transaction is repeated ({Attempt} of {AttemptsMax}): {Why}")]
    public static partial void TransactionRepeated(ILogger log, int attempt, int attemptsMax, string why);

    [LoggerMessage(5003, LogLevel.Error, "A batch of {Commands} commands holds one that the store cannot take; it runs command by command: {Why}")]
    public static partial void BatchRunsSingly(ILogger log, int commands, string why);

    [LoggerMessage(5004, LogLevel.Error, "Entry {Attempt} cannot be stored: {Why}")]
    public static partial void EntryInvalid(ILogger log, Guid attempt, string why);

    [LoggerMessage(5005, LogLevel.Warning, "The write-ahead log was not emptied at the stop, so the database file alone is not the whole store: {Why}")]
    public static partial void LogNotEmptied(ILogger log, string why);

    [LoggerMessage(5006, LogLevel.Warning, "Other users of this machine may read {Path}; chmod 600 it")]
    public static partial void ReadableByOthers(ILogger log, string path);
}
