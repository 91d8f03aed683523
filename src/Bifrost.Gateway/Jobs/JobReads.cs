using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Errors;
using Bifrost.Http.Addresses;

namespace Bifrost.Gateway.Jobs;

/// <summary>
/// Bounds how often a key may poll, list and cancel jobs, and how often a key or an address may ask for jobs that are not there: each such
/// question goes to the store. One per process; thread-safe.
/// </summary>
internal sealed class JobReads(ClientAddresses addresses, LimitWatch watch, TimeProvider time)
{
    /// <summary>Reads of one key at once, and then a second.</summary>
    private const int ReadsBurst = 5_000;
    private const int ReadsPerSecond = 1_000;

    /// <summary>Questions of one key, and of one address, for jobs that are not there, at once and then a second.</summary>
    private const int UnknownBurst = 100;
    private const int UnknownPerSecond = 5;

    private readonly Pace<string> _reads = new(ReadsPerSecond, ReadsBurst, time);
    private readonly Pace<string> _unknownByKey = new(UnknownPerSecond, UnknownBurst, time);
    private readonly Pace<ClientAddress> _unknownByAddress = new(UnknownPerSecond, UnknownBurst, time);

    /// <summary>Before a read: null, or why it may not be made.</summary>
    public GatewayError? Refuse(HttpContext context, Caller caller)
    {
        var address = addresses.Of(context);
        if (!_unknownByKey.HasRoom(caller.VirtualKeyId) || !_unknownByAddress.HasRoom(address))
        {
            watch.Reached(Limit.UnknownJobs, $"{caller.VirtualKeyId} at {address}");
            return TooMany("Too many jobs were asked for that are not there.");
        }

        if (_reads.TryTake(caller.VirtualKeyId)) return null;
        watch.Reached(Limit.JobReadsKey, caller.VirtualKeyId);
        return TooMany("The virtual key asks for its jobs too often; a poll can wait for the end of its job ('Prefer: wait=60').");
    }

    /// <summary>After a read: the job was not there.</summary>
    public void Missed(HttpContext context, Caller caller)
    {
        _unknownByKey.TryTake(caller.VirtualKeyId);
        _unknownByAddress.TryTake(addresses.Of(context));
    }

    private static GatewayError TooMany(string message) => new()
    {
        Status = StatusCodes.Status429TooManyRequests,
        Type = ErrorTypes.RateLimited,
        Message = message,
        RetryAfterMs = 1_000,
    };
}
