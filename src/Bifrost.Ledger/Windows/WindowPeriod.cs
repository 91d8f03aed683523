namespace Bifrost.Ledger.Windows;

/// <summary>Length of a window: <c>30s 5m 1h 1d 1w 1M 1Q 1Y</c>, rolling or aligned to the UTC calendar (ledger, windows).</summary>
public readonly record struct WindowPeriod(int Count, PeriodUnit Unit, bool CalendarAligned);

/// <summary>Units of a window period; month, quarter and year are 30, 90 and 365 days when rolling.</summary>
public enum PeriodUnit
{
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}
