using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Json;

/// <summary>Reads window periods.</summary>
internal static class PeriodReader
{
    private const int CharsMax = 16;

    /// <summary>Null after a report, or when it is absent. Windows shorter than a day never follow the calendar, as in Bifrost.</summary>
    public static WindowPeriod? Read(Section section, string name, bool aligned, bool needed)
    {
        if (section.Text(name, CharsMax) is not { } text)
        {
            if (needed) section.Error(name, "is missing; write the window, for example \"1h\", \"1d\" or \"1M\"");
            return null;
        }

        var onCalendar = aligned && text.Length > 0 && text[^1] is not ('s' or 'm' or 'h');
        if (PeriodParser.TryParse(text, onCalendar, out var period, out var error)) return period;
        section.Error(name, $"is wrong: {error}");
        return null;
    }
}
