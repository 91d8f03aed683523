using System.Globalization;

namespace Bifrost.Ledger.Money;

/// <summary>Money: integer nano-dollars (1 USD = 1 000 000 000), rounded half-up; US dollars are decimals, never doubles.</summary>
public static class Nanos
{
    public const long PerUsd = 1_000_000_000;

    /// <summary>The largest limit or adjustment: 1 000 000 000 USD. Sums of a few stay far inside a <see cref="long"/>.</summary>
    public const long Max = 1_000_000_000 * PerUsd;

    /// <summary>The largest price: 1 000 000 USD per million tokens.</summary>
    public const long PricePerMillionMax = 1_000_000 * PerUsd;

    /// <summary>US dollars to nano-dollars, half-up. False when negative or above <see cref="Max"/>.</summary>
    public static bool TryFromUsd(decimal usd, out long nanos) => TryScale(usd, PerUsd, Max, out nanos);

    /// <summary>US dollars per one token (the unit of public price sheets) to nano-dollars per million tokens. False when negative or too large.</summary>
    public static bool TryPricePerMillion(decimal usdPerToken, out long nanosPerMillion) =>
        TryScale(usdPerToken, PerUsd * 1_000_000m, PricePerMillionMax, out nanosPerMillion);

    /// <summary>Exact; without trailing zeros.</summary>
    public static decimal ToUsd(long nanos)
    {
        // Dividing by a scaled one strips trailing zeros, so that 2 500 000 000 reads 2.5.
        return nanos / (decimal)PerUsd / 1.000000000000000000000000000m;
    }

    /// <summary>For people: <c>$12.5</c>, <c>-$0.000001</c>.</summary>
    public static string Format(long nanos) =>
        (nanos < 0 ? "-$" : "$") + Math.Abs(ToUsd(nanos)).ToString("0.#########", CultureInfo.InvariantCulture);

    private static bool TryScale(decimal value, decimal factor, long max, out long scaled)
    {
        scaled = 0;
        if (value < 0 || value > max / factor) return false;
        scaled = (long)decimal.Round(value * factor, MidpointRounding.AwayFromZero);
        return true;
    }
}
