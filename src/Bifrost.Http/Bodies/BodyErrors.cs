using Bifrost.Chat.Errors;

namespace Bifrost.Http.Bodies;

/// <summary>The answers to bodies that are not taken.</summary>
internal static class BodyErrors
{
    private const long RetryAfterMs = 1_000;

    public static readonly GatewayError NoRoom = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = ErrorTypes.RequestDropped,
        Message = "Too many request bodies are in memory (limits.buffered_bodies_mb). Try again shortly.",
        RetryAfterMs = RetryAfterMs,
    };

    public static readonly GatewayError KeyFull = Full("this virtual key");

    public static readonly GatewayError AddressFull = Full("this address");

    public static readonly GatewayError Late = new()
    {
        Status = StatusCodes.Status408RequestTimeout,
        Type = ErrorTypes.RequestTimedOut,
        Message = "The request body did not come: it stopped, came too slowly, or took too long in all.",
    };

    public static GatewayError TooLarge(int bytesMax) => new()
    {
        Status = StatusCodes.Status413PayloadTooLarge,
        Type = ErrorTypes.RequestTooLarge,
        Message = $"The request body is larger than {bytesMax} bytes (client.max_request_body_size_mb).",
    };

    private static GatewayError Full(string owner) => new()
    {
        Status = StatusCodes.Status429TooManyRequests,
        Type = ErrorTypes.ConcurrencyLimited,
        Message = $"Request bodies of {owner} take all of its share of the room for bodies (limits.buffered_bodies_mb). Send fewer large ones at once.",
        RetryAfterMs = RetryAfterMs,
    };
}
