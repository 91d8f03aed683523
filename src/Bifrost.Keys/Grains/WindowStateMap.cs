using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Grains;

/// <summary>Between a window's count and its state.</summary>
internal static class WindowStateMap
{
    public static WindowState ToState(string scope, bool ofTokens, WindowPeriod period, DateTimeOffset start, long used) => new()
    {
        Scope = scope,
        OfTokens = ofTokens,
        PeriodCount = period.Count,
        PeriodUnit = period.Unit.ToString(),
        CalendarAligned = period.CalendarAligned,
        Start = start,
        Used = used,
    };

    /// <summary>False for a window that makes no sense here (another version wrote it); leaving it out only makes one window more generous.</summary>
    public static bool TryPeriod(WindowState state, out WindowPeriod period)
    {
        period = default;
        if (state.PeriodCount < 1 || !Enum.TryParse<PeriodUnit>(state.PeriodUnit, out var unit)) return false;
        period = new WindowPeriod(state.PeriodCount, unit, state.CalendarAligned);
        return true;
    }
}
