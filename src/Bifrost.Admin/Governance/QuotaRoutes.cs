using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Http.Auth;
using Bifrost.Keys.Admission;
using Bifrost.Ledger.Leases;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/virtual-keys/quota</c>: the calling key's own limits and usage (contract section 1).</summary>
internal sealed class QuotaRoutes(GovernanceEditor governance, CallerAuthenticator credentials, BadCredentials bad, ILeaseBook book, LiveKeys live)
    : IAdminRoutes
{
    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get("/api/governance/virtual-keys/quota", GetAsync) with { ForKeys = true }];

    private async Task<AdminAnswer> GetAsync(AdminCall call)
    {
        if (credentials.Identify(call.Http.Request.Headers, out var caller) is { } refusal) return bad.Judge(call.Http, refusal);
        if (AnonymousKey.Is(caller.VirtualKeyId)) return s_required;

        // A silo that is not sure of its catalog may not know that the key was revoked.
        if (!book.MayAdmit) return s_unsure;
        var key = governance.Now.VirtualKeys.GetValueOrDefault(caller.VirtualKeyId);
        if (key is null || KeyValidityRule.Of(key, call.Now) != KeyValidity.Valid) return CallerAuthenticator.Blocked;
        var numbers = await governance.NumbersAsync(LedgerNumbers.BudgetsOf(key), call.Aborted);
        var status = await live.StatusAsync(key.Id);
        return AdminAnswer.Of(json => KeyJson.WriteQuota(json, key, numbers, status));
    }

    private static readonly GatewayError s_required = new()
    {
        Status = StatusCodes.Status401Unauthorized,
        Type = ErrorTypes.VirtualKeyRequired,
        Message = "Send the virtual key whose quota is asked for, as 'Authorization: Bearer sk-bf-...' or in the header x-bf-vk.",
    };

    private static readonly GatewayError s_unsure = new()
    {
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = ErrorTypes.LedgerUnavailable,
        Message = "The store cannot be reached now.",
        RetryAfterMs = 1_000,
    };
}
