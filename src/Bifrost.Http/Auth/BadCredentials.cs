using Bifrost.Calls.Limits;
using Bifrost.Chat.Errors;
using Bifrost.Http.Addresses;

namespace Bifrost.Http.Auth;

/// <summary>
/// Bounds how many credentials that open nothing an address may show. A good one is never counted, so others at that address go on.
/// One per process; thread-safe.
/// </summary>
public sealed class BadCredentials(ClientAddresses addresses, LimitWatch watch, TimeProvider time)
{
    /// <summary>Bad credentials of one address at once, and then a second.</summary>
    private const int Burst = 100;
    private const int PerSecond = 5;

    /// <summary>Wrong admin tokens of one address that are answered at once; the next ones a second late.</summary>
    private const int AdminBurst = 5;

    /// <summary>Wrong admin tokens of one address that wait for their answer at the same time.</summary>
    private const int AdminWaitersMax = 8;

    private static readonly TimeSpan s_adminDelay = TimeSpan.FromSeconds(1);

    private static readonly GatewayError s_tooMany = new()
    {
        Status = StatusCodes.Status429TooManyRequests,
        Type = ErrorTypes.RateLimited,
        Message = "This address has shown too many credentials that open nothing. Try again later.",
        RetryAfterMs = 1_000,
    };

    private readonly Pace<ClientAddress> _callers = new(PerSecond, Burst, time);
    private readonly Pace<ClientAddress> _admins = new(1, AdminBurst, time);
    private readonly Shares<ClientAddress> _waiting = new();

    /// <summary>
    /// A refusal by credential on a route of callers: itself, or that there were too many. A key that is known to be revoked is no guess: its callers
    /// are told so each time, since a 429 would have them try again (contract section 6).
    /// </summary>
    public GatewayError Judge(HttpContext context, GatewayError refusal)
    {
        if (ReferenceEquals(refusal, CallerAuthenticator.Blocked)) return refusal;
        var address = addresses.Of(context);
        if (_callers.TryTake(address)) return refusal;
        watch.Reached(Limit.Credentials, address.ToString());
        context.Response.Headers.Connection = "close";
        return s_tooMany;
    }

    /// <summary>A refusal by token on an admin route: told to the log, and answered late from the sixth on.</summary>
    public async Task<GatewayError> JudgeAdminAsync(HttpContext context, GatewayError refusal)
    {
        var address = addresses.Of(context);
        watch.Reached(Limit.AdminCredentials, address.ToString());
        if (_admins.TryTake(address)) return refusal;
        context.Response.Headers.Connection = "close";
        if (_waiting.TryTake(address, 1, AdminWaitersMax) is not { } waits) return s_tooMany;
        try
        {
            await Task.Delay(s_adminDelay, time, context.RequestAborted);
            return refusal;
        }
        finally
        {
            waits.GiveBack(1);
        }
    }
}
