using System.Globalization;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Json;
using Bifrost.Keys.Contracts;

namespace Bifrost.Http.Headers;

/// <summary>Writes the response headers of contract section 4.</summary>
public static class ResponseHeaders
{
    public static void Write(IHeaderDictionary headers, ResponseInfo info)
    {
        if (info.Provider is { } provider)
        {
            headers["x-bifrost-provider"] = provider;
            headers["x-bifrost-resolved-model"] = HeaderText(info.ResolvedModel ?? "");
            headers["x-bifrost-fallback-index"] = info.FallbackIndex == 0 ? "0" : info.FallbackIndex.ToString(CultureInfo.InvariantCulture);
        }

        if (info.ProcessingMs is { Length: > 0 and <= 64 } processing) headers["openai-processing-ms"] = HeaderText(processing);
        if (info.OutputClamped is { } clamped) headers["x-bf-output-clamped"] = Number(clamped);
        if (info.RateLimits is { } limits) Write(headers, limits);
    }

    private static void Write(IHeaderDictionary headers, RateLimitView limits)
    {
        if (limits.LimitRequests is { } requests)
        {
            headers["x-ratelimit-limit-requests"] = Number(requests);
            headers["x-ratelimit-remaining-requests"] = Number(Math.Max(0, limits.RemainingRequests));
            headers["x-ratelimit-reset-requests"] = GoDuration.Format(limits.ResetRequestsMs);
        }

        if (limits.LimitTokens is not { } tokens) return;
        headers["x-ratelimit-limit-tokens"] = Number(tokens);
        headers["x-ratelimit-remaining-tokens"] = Number(Math.Max(0, limits.RemainingTokens));
        headers["x-ratelimit-reset-tokens"] = GoDuration.Format(limits.ResetTokensMs);
    }

    /// <summary>A model's name is the caller's text: what a header cannot carry becomes '?'.</summary>
    private static string HeaderText(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        return string.Create(text.Length, text, (span, source) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
        });
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
