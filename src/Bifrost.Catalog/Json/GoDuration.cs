using System.Globalization;

namespace Bifrost.Catalog.Json;

/// <summary>Durations as Bifrost writes them: <c>500ms</c>, <c>2s</c>, <c>1m30s</c>, <c>1.5h</c> in its configuration and in headers.</summary>
public static class GoDuration
{
    public static bool TryParseMs(string text, out long milliseconds)
    {
        milliseconds = 0;
        decimal total = 0;
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty) return false;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0) return false;
            if (!decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) return false;
            rest = rest[digits..];
            var letters = rest.IndexOfAny("0123456789.");
            var unit = letters < 0 ? rest : rest[..letters];
            decimal factor = unit switch { "ms" => 1, "s" => 1_000, "m" => 60_000, "h" => 3_600_000, _ => 0 };
            if (factor == 0 || count > 1_000_000_000) return false;
            total += count * factor;
            rest = rest[unit.Length..];
        }

        milliseconds = (long)Math.Round(total, MidpointRounding.AwayFromZero);
        return true;
    }

    /// <summary>The form of headers, <c>250ms</c>, <c>1m30s</c>, <c>1h0m5s</c> (contract section 4). Seconds are rounded up.</summary>
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
