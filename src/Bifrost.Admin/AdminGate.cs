using Bifrost.Chat.Errors;
using Bifrost.Http.Auth;
using Bifrost.Http.Errors;

namespace Bifrost.Admin;

/// <summary>
/// Before pages that only show things: opens them to admin and viewer tokens, as a Bearer token or, for a browser, as the password of Basic. Nothing but
/// GET and HEAD goes through, and no other page may show them in a frame.
/// </summary>
internal sealed class AdminGate(RequestDelegate next, AdminAuthenticator admins)
{
    /// <summary>What a browser shows above its two fields.</summary>
    private const string Ask = "Basic realm=\"Bifrost: any name, an admin or viewer token\"";

    public async Task InvokeAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = "frame-ancestors 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        var password = BasicCredential.PasswordIn(request.Headers.Authorization);
        var refusal = password.Length > 0 ? admins.Identify(password, out _) : admins.Identify(request.Headers, out _);
        if (refusal is null && !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.Headers.Allow = "GET, HEAD";
            refusal = s_readOnly;
        }

        if (refusal is null)
        {
            await next(context);
            return;
        }

        if (refusal.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = Ask;
        await ErrorResponse.SendAsync(context, refusal with { RequestType = RequestTypes.Unknown });
    }

    private static readonly GatewayError s_readOnly = new()
    {
        Status = StatusCodes.Status405MethodNotAllowed,
        Type = ErrorTypes.MethodNotAllowed,
        Message = "These pages are only read; use GET.",
    };
}
