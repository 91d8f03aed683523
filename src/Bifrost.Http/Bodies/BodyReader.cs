using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Http.Addresses;
using Bifrost.Http.Auth;

namespace Bifrost.Http.Bodies;

/// <summary>Reads the bodies of requests into memory, within their limits. Callers and admins have one each, with a room of its own. Thread-safe.</summary>
/// <param name="limits">Room and time.</param>
/// <param name="addresses">Finds the caller's address.</param>
/// <param name="watch">Told of every limit that is reached.</param>
/// <param name="time">The clock of deadlines.</param>
/// <param name="checks">Looks at the caller before its body is waited for; null: nothing is checked.</param>
public sealed class BodyReader(BodyLimits limits, ClientAddresses addresses, LimitWatch watch, TimeProvider time, CallerChecks? checks = null)
{
    internal BodyLimits Limits => limits;
    internal TimeProvider Time => time;

    /// <summary>What all bodies hold.</summary>
    public BodyBudget Budget { get; } = new(limits.BufferedBytesMax, limits.ShareBytesMax);

    /// <summary>Reads the body to its end; the receiver disposes it. Else what is wrong with it, with the caller, or with the room.</summary>
    public ValueTask<(RequestBody? Body, GatewayError? Error)> ReadAsync(HttpContext context, Caller caller, CancellationToken cancellationToken) =>
        RequestBody.ReadAsync(context, this, caller, cancellationToken);

    internal BodyOwner OwnerOf(HttpContext context, Caller caller) => new(caller.VirtualKeyId, addresses.Of(context));

    /// <summary>
    /// For a body that is not there yet: null when it may be waited for. What is checked is not taken: the call itself is admitted once it is whole.
    /// </summary>
    internal GatewayError? Refuse(HttpContext context, Caller caller)
    {
        if (checks?.Refuse(caller) is not { } refusal) return null;
        watch.Reached(Limit.BodyChecked, Who(context, caller));
        return refusal;
    }

    internal GatewayError Full(Limit limit, HttpContext context, Caller caller)
    {
        watch.Reached(limit, limit == Limit.BodyKey ? caller.VirtualKeyId : Who(context, caller));
        return limit switch
        {
            Limit.BodyKey => BodyErrors.KeyFull,
            Limit.BodyAddress => BodyErrors.AddressFull,
            Limit.BodyProgress => BodyErrors.Late,
            _ => BodyErrors.NoRoom,
        };
    }

    private string Who(HttpContext context, Caller caller) => $"{caller.VirtualKeyId} at {addresses.Of(context)}";
}
