using System.Buffers;
using System.Collections.Frozen;
using Bifrost.Http;

namespace Bifrost.Gateway.Routing;

/// <summary>
/// Lets web pages of the configured origins call inference routes (<c>client.allowed_origins</c>), their preflights included. Credentials of
/// browsers (cookies) are never asked for: callers show a key.
/// </summary>
internal sealed class CrossOrigin(RequestOptions options)
{
    private const string Exposed =
        "x-request-id, retry-after, x-should-retry, location, openai-processing-ms, x-bifrost-provider, x-bifrost-resolved-model, "
        + "x-bifrost-fallback-index, x-bf-async-id, x-bf-async-status, x-bf-output-clamped, x-ratelimit-limit-requests, "
        + "x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

    private static readonly SearchValues<char> s_headerNames = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_., ");

    private readonly bool _isAny = options.AllowedOrigins.Contains("*", StringComparer.Ordinal);
    private readonly FrozenSet<string> _exact = options.AllowedOrigins.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    private readonly string[][] _patterns = [.. options.AllowedOrigins
        .Where(static origin => origin.Length > 1 && origin.Contains('*', StringComparison.Ordinal)).Select(static origin => origin.Split('*'))];

    /// <summary>False: no origin is configured, and nothing is looked at.</summary>
    public bool IsOn { get; } = options.AllowedOrigins.Count > 0;

    /// <summary>Writes what the page may read. True when the request was a preflight, which is answered by it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="methods">The methods of its path.</param>
    public bool Answer(HttpContext context, string methods)
    {
        var (request, response) = (context.Request, context.Response);
        if (!_isAny) response.Headers.Vary = "Origin";
        if (request.Headers.Origin.ToString() is not { Length: > 0 } origin || !Allows(origin)) return false;
        response.Headers.AccessControlAllowOrigin = _isAny ? "*" : origin;
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0)
        {
            response.Headers.AccessControlExposeHeaders = Exposed;
            return false;
        }

        response.Headers.AccessControlAllowMethods = methods;
        var headers = request.Headers.AccessControlRequestHeaders.ToString();
        if (headers.Length > 0 && !headers.AsSpan().ContainsAnyExcept(s_headerNames)) response.Headers.AccessControlAllowHeaders = headers;
        response.Headers.AccessControlMaxAge = "600";
        response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    private bool Allows(string origin)
    {
        if (_isAny || _exact.Contains(origin)) return true;
        foreach (var pattern in _patterns)
        {
            if (pattern is [var before, var after] && origin.Length > before.Length + after.Length
                && origin.StartsWith(before, StringComparison.OrdinalIgnoreCase) && origin.EndsWith(after, StringComparison.OrdinalIgnoreCase)
                && !origin.AsSpan(before.Length, origin.Length - before.Length - after.Length).ContainsAny('/', ':', '@')) return true;
        }

        return false;
    }
}
