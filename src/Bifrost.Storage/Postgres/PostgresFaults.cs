using System.Net.Sockets;
using Npgsql;

namespace Bifrost.Storage.Postgres;

/// <summary>What a failure of PostgreSQL or of the way to it means.</summary>
internal static class PostgresFaults
{
    private const string IdleInTransactionTimeout = "25P03";

    /// <summary>
    /// Rolled back for others' sake, a duplicate of ours in flight on another connection (its rows are visible the next time), or a broken
    /// connection, after which the outcome is not known.
    /// </summary>
    public static bool IsRepeatable(Exception fault) => fault switch
    {
        PostgresException answer => answer.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown
            or IdleInTransactionTimeout,
        NpgsqlException { InnerException: IOException or SocketException or EndOfStreamException } => true,
        _ => false,
    };

    /// <summary>Infrastructure, as opposed to a mistake of ours.</summary>
    public static bool IsUnavailable(Exception fault) =>
        fault is NpgsqlException or OperationCanceledException or TimeoutException or IOException or SocketException;

    /// <summary>A value that no column can take: wrong encoding, out of range, or against a check.</summary>
    public static bool IsInvalidValue(Exception fault) =>
        fault is PostgresException answer
        && (answer.SqlState.StartsWith("22", StringComparison.Ordinal) || answer.SqlState == PostgresErrorCodes.CheckViolation);
}
