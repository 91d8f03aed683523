namespace Bifrost.Ledger.Windows;

/// <summary>
/// Where windows begin and end, in UTC. A rolling window begins at its budget's creation plus k periods; a calendar window at midnight
/// of its day, Monday, month, quarter or year. A window never moves back, whatever the clock does.
/// </summary>
public static class WindowClock
{
    /// <summary>The first window of a budget made at <paramref name="created"/>.</summary>
    public static DateTimeOffset First(WindowPeriod period, DateTimeOffset created) =>
        period.CalendarAligned ? CalendarStart(period, created) : created.ToUniversalTime();

    /// <summary>
    /// The start of the window that holds at <paramref name="now"/>, given the start that is stored. Rolling windows need no other
    /// anchor: every start is creation plus k periods. Answers <paramref name="windowStart"/> when no new window has begun.
    /// </summary>
    public static DateTimeOffset Current(WindowPeriod period, DateTimeOffset windowStart, DateTimeOffset now)
    {
        if (now < End(period, windowStart)) return windowStart;
        if (period.CalendarAligned) return CalendarStart(period, now);
        var length = RollingLength(period).Ticks;
        return windowStart.AddTicks((now - windowStart).Ticks / length * length);
    }

    /// <summary>The end (exclusive) of the window that begins at <paramref name="windowStart"/>: the moment it resets.</summary>
    public static DateTimeOffset End(WindowPeriod period, DateTimeOffset windowStart)
    {
        if (!period.CalendarAligned) return windowStart + RollingLength(period);
        var start = CalendarStart(period, windowStart);
        return period.Unit switch
        {
            PeriodUnit.Day => start.AddDays(period.Count),
            PeriodUnit.Week => start.AddDays(7.0 * period.Count),
            PeriodUnit.Month => start.AddMonths(period.Count),
            PeriodUnit.Quarter => start.AddMonths(3 * period.Count),
            PeriodUnit.Year => start.AddYears(period.Count),
            _ => throw NotCalendar(period),
        };
    }

    /// <summary>The length of a rolling window; month, quarter and year are 30, 90 and 365 days.</summary>
    public static TimeSpan RollingLength(WindowPeriod period) => period.Count * period.Unit switch
    {
        PeriodUnit.Second => TimeSpan.FromSeconds(1),
        PeriodUnit.Minute => TimeSpan.FromMinutes(1),
        PeriodUnit.Hour => TimeSpan.FromHours(1),
        PeriodUnit.Day => TimeSpan.FromDays(1),
        PeriodUnit.Week => TimeSpan.FromDays(7),
        PeriodUnit.Month => TimeSpan.FromDays(30),
        PeriodUnit.Quarter => TimeSpan.FromDays(90),
        _ => TimeSpan.FromDays(365),
    };

    private static DateTimeOffset CalendarStart(WindowPeriod period, DateTimeOffset at)
    {
        var utc = at.UtcDateTime;

        // Longer counts are aligned to multiples since 0001-01-01, which was a Monday and the first day of a month, quarter and year.
        var days = (int)(utc.Ticks / TimeSpan.TicksPerDay);
        var months = ((utc.Year - 1) * 12) + utc.Month - 1;
        return period.Unit switch
        {
            PeriodUnit.Day => FromDays(days / period.Count * period.Count),
            PeriodUnit.Week => FromDays(days / (7 * period.Count) * 7 * period.Count),
            PeriodUnit.Month => FromMonths(months / period.Count * period.Count),
            PeriodUnit.Quarter => FromMonths(months / (3 * period.Count) * 3 * period.Count),
            PeriodUnit.Year => FromMonths(months / (12 * period.Count) * 12 * period.Count),
            _ => throw NotCalendar(period),
        };
    }

    private static DateTimeOffset FromDays(int days) => new(days * TimeSpan.TicksPerDay, TimeSpan.Zero);

    private static DateTimeOffset FromMonths(int months) => new((months / 12) + 1, (months % 12) + 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static ArgumentOutOfRangeException NotCalendar(WindowPeriod period) =>
        new(nameof(period), period, "Seconds, minutes and hours cannot be aligned to the calendar.");
}
