using System.Globalization;

namespace Bifrost.Ledger.Windows;

/// <summary>Reads and writes window periods: <c>30s 5m 1h 1d 1w 1M 1Q 1Y</c>.</summary>
public static class PeriodParser
{
    /// <summary>The longest window: ten rolling years.</summary>
    public static readonly TimeSpan LengthMax = TimeSpan.FromDays(3_650);

    /// <summary>Reads a period. False with a sentence that names what is wrong and what would be right.</summary>
    public static bool TryParse(string? text, bool calendarAligned, out WindowPeriod period, out string error)
    {
        period = default;
        error = "";
        if (text is null || text.Length < 2
            || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || count < 1 || UnitOf(text[^1]) is not { } unit)
        {
            error = $"'{text}' is not a period; write a whole number and one of s m h d w M Q Y, for example 30s, 1h, 1d or 1M";
            return false;
        }

        if (calendarAligned && unit < PeriodUnit.Day)
        {
            error = $"'{text}' cannot be aligned to the calendar; use d, w, M, Q or Y, or a rolling window";
            return false;
        }

        var read = new WindowPeriod(count, unit, calendarAligned);
        if (count > LengthMax / WindowClock.RollingLength(read with { Count = 1 }))
        {
            error = $"'{text}' is longer than {LengthMax.TotalDays:0} days";
            return false;
        }

        period = read;
        return true;
    }

    /// <summary>The period as configurations write it, without its alignment.</summary>
    public static string Format(WindowPeriod period) =>
        string.Create(CultureInfo.InvariantCulture, $"{period.Count}{LetterOf(period.Unit)}");

    private static PeriodUnit? UnitOf(char letter) => letter switch
    {
        's' => PeriodUnit.Second,
        'm' => PeriodUnit.Minute,
        'h' => PeriodUnit.Hour,
        'd' => PeriodUnit.Day,
        'w' => PeriodUnit.Week,
        'M' => PeriodUnit.Month,
        'Q' => PeriodUnit.Quarter,
        'Y' => PeriodUnit.Year,
        _ => null,
    };

    private static char LetterOf(PeriodUnit unit) => "smhdwMQY"[(int)unit];
}
