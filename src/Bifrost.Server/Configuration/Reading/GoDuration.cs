using System.Globalization;

namespace Bifrost.Server.Configuration.Reading;

/// <summary>Durations as Bifrost's configuration writes them: <c>500ms</c>, <c>2s</c>, <c>1m30s</c>, <c>1.5h</c>.</summary>
internal static class GoDuration
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
}
