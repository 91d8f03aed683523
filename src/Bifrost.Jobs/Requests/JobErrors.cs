using Bifrost.Chat.Errors;
using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Requests;

/// <summary>Errors of the job routes (contract sections 6 and 8). A poll that ends in one says that repeating it is of no use.</summary>
public static class JobErrors
{
    /// <summary>One answer for an unknown, an expired and another key's job.</summary>
    public static readonly GatewayError NotFound = new()
    {
        Status = 404,
        Type = ErrorTypes.JobNotFound,
        Message = "There is no such job: its id is unknown, its result has expired, or it is another key's.",
        ShouldRetry = false,
    };

    public static readonly GatewayError Cancelled = new()
    {
        Status = 409,
        Type = ErrorTypes.JobCancelled,
        Message = "The job was cancelled.",
        ShouldRetry = false,
    };

    public static readonly GatewayError IdempotencyConflict = new()
    {
        Status = 422,
        Type = ErrorTypes.IdempotencyConflict,
        Message = "This Idempotency-Key was used with another body. Send the same body, or another key.",
        Param = AsyncHeaderNames.IdempotencyKey,
        ShouldRetry = false,
    };

    /// <summary>It is unknown whether the job was written: the same submission may be repeated, best under an idempotency key.</summary>
    public static readonly GatewayError SubmitUnknown = Unavailable(
        "The job's store did not answer, so it is not known whether the job was submitted. Repeat the request; with an Idempotency-Key that is safe.");

    public static readonly GatewayError StoreAway = Unavailable("The job's store did not answer. Try again shortly.");

    /// <summary>The key's other large answers are still being read.</summary>
    public static readonly GatewayError AnswersBusy = new()
    {
        Status = 429,
        Type = ErrorTypes.ConcurrencyLimited,
        Message = "Large answers of this virtual key are being read and take all its room in memory. Read them first, then poll again.",
        RetryAfterMs = 1_000,
    };

    /// <summary>The disk of the store has little room left.</summary>
    public static readonly GatewayError StoreFull = new()
    {
        Status = 503,
        Type = ErrorTypes.RequestDropped,
        Message = "The disk of the store is nearly full, so no new jobs are taken (jobs.free_disk_mb_min). Calls that wait for their answer go on.",
        RetryAfterMs = 30_000,
    };

    public static GatewayError QueueFull(string? message, TimeSpan retryAfter) => new()
    {
        Status = 429,
        Type = ErrorTypes.QueueFull,
        Message = message ?? "The virtual key has as many jobs waiting as it may. Submit more once some have ended.",
        RetryAfterMs = (long)retryAfter.TotalMilliseconds,
    };

    /// <summary>The error of a job that failed without an answer of its own.</summary>
    public static GatewayError Failed(JobView job) => new()
    {
        Status = job.StatusCode is >= 400 and <= 599 ? job.StatusCode : 500,
        Type = ErrorTypes.JobFailed,
        Message = job.LastError ?? "The job failed.",
        ShouldRetry = false,
    };

    private static GatewayError Unavailable(string message) => new()
    {
        Status = 503,
        Type = ErrorTypes.LedgerUnavailable,
        Message = message,
        RetryAfterMs = 1_000,
    };
}
