using System.Globalization;
using System.Net.Http.Headers;

namespace Bifrost.Providers.Http;

/// <summary>Reads <c>retry-after-ms</c>, and <c>retry-after</c>: seconds, a fraction of seconds, or a date.</summary>
internal static class RetryAfter
{
    /// <summary>What a provider may ask for at most; more is taken as this much.</summary>
    private const long LongestMs = 24 * 60 * 60 * 1_000;

    private const NumberStyles Seconds = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite;
    private const DateTimeStyles Dates = DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces;

    /// <returns>Milliseconds from now; null when there is no such header, or none that can be read.</returns>
    public static long? ReadMs(HttpResponseHeaders headers, DateTimeOffset now)
    {
        if (headers.NonValidated.TryGetValues("retry-after-ms", out var exact))
        {
            foreach (var value in exact)
                if (decimal.TryParse(value, Seconds, CultureInfo.InvariantCulture, out var ms) && ms >= 0)
                    return (long)Math.Min(LongestMs, decimal.Ceiling(ms));
        }

        if (!headers.NonValidated.TryGetValues("Retry-After", out var values)) return null;
        foreach (var value in values) return ParseMs(value, now);
        return null;
    }

    public static long? ParseMs(string value, DateTimeOffset now)
    {
        if (decimal.TryParse(value, Seconds, CultureInfo.InvariantCulture, out var seconds))
            return (long)Math.Min(LongestMs, decimal.Ceiling(Math.Min(seconds, LongestMs) * 1_000));
        if (DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, Dates, out var date))
            return (long)Math.Clamp(Math.Ceiling((date - now).TotalMilliseconds), 0, LongestMs);
        return null;
    }
}
