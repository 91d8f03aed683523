using Bifrost.Chat.Errors;

namespace Bifrost.Gateway.Jobs;

/// <summary>What callers without a virtual key cannot have, since they are one caller to the store: anything that finds a job by less than its id.</summary>
internal static class KeylessJobs
{
    public static readonly GatewayError NoList = new()
    {
        Status = StatusCodes.Status401Unauthorized,
        Type = ErrorTypes.VirtualKeyRequired,
        Message = "Without a virtual key a job is found by its id alone. Send one to list its jobs.",
    };

    /// <summary>A key of idempotency would answer with the job of whoever used the same one.</summary>
    public static readonly GatewayError NoIdempotencyKey = NoList with
    {
        Message = "An Idempotency-Key belongs to a virtual key. Send one, or leave the header out.",
    };
}
