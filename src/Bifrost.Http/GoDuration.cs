using System.Globalization;

namespace Bifrost.Http;

/// <summary>Durations in headers: <c>250ms</c>, <c>1s</c>, <c>1m30s</c>, <c>1h0m5s</c> (contract section 4). Seconds are rounded up.</summary>
public static class GoDuration
{
    public static string Format(long milliseconds)
    {
        if (milliseconds <= 0) return "0s";
        if (milliseconds < 1_000) return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");
        var seconds = (milliseconds + 999) / 1_000;
        if (seconds < 60) return string.Create(CultureInfo.InvariantCulture, $"{seconds}s");
        if (seconds < 3_600) return string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}m{seconds % 60}s");
        return string.Create(CultureInfo.InvariantCulture, $"{seconds / 3_600}h{seconds / 60 % 60}m{seconds % 60}s");
    }
}
