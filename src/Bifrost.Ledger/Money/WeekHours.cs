using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Bifrost.Ledger.Money;

/// <summary>
/// Times of the week in UTC at which a price holds, as text <c>Mon-Fri 01:00-04:00, 06:00-10:00</c>: one day or a range of days, and times of
/// day, the first minute included and the last excluded. Times do not cross midnight; 24:00 is the end of a day.
/// </summary>
/// <param name="FirstDay">0 is Monday.</param>
/// <param name="LastDay">Not before <paramref name="FirstDay"/>; at most 6, Sunday.</param>
/// <param name="Times">Not empty.</param>
public sealed record WeekHours(int FirstDay, int LastDay, ImmutableArray<TimesOfDay> Times)
{
    private static readonly string[] s_days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

    public bool Contains(DateTimeOffset at)
    {
        var (day, minute) = OfWeek(at);
        if (day < FirstDay || day > LastDay) return false;
        foreach (var times in Times)
            if (minute >= times.BeginMinute && minute < times.EndMinute) return true;
        return false;
    }

    /// <summary>Whether any moment from <paramref name="from"/> to <paramref name="until"/>, both included, is one of these times.</summary>
    public bool Overlap(DateTimeOffset from, DateTimeOffset until)
    {
        if (Contains(from)) return true;

        // Else the next begin of some times must come no later than the end. A week has them all.
        var midnight = new DateTimeOffset(from.UtcDateTime.Date, TimeSpan.Zero);
        for (var ahead = 0; ahead <= 7; ahead++)
        {
            var date = midnight.AddDays(ahead);
            if (date > until) return false;
            var (day, _) = OfWeek(date);
            if (day < FirstDay || day > LastDay) continue;
            foreach (var times in Times)
            {
                var begin = date.AddMinutes(times.BeginMinute);
                if (begin >= from && begin <= until) return true;
            }
        }

        return false;
    }

    /// <summary>False when the text is none.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out WeekHours? hours)
    {
        ArgumentNullException.ThrowIfNull(text);
        hours = null;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0) return false;
        var days = text[..space].Split('-');
        var (first, last) = (Array.IndexOf(s_days, days[0]), Array.IndexOf(s_days, days[^1]));
        if (days.Length > 2 || first < 0 || last < first) return false;
        var times = ImmutableArray.CreateBuilder<TimesOfDay>();
        foreach (var part in text[(space + 1)..].Split(','))
        {
            var ends = part.Trim().Split('-');
            if (ends.Length != 2 || Minute(ends[0]) is not { } begin || Minute(ends[1]) is not { } end || begin >= end) return false;
            times.Add(new TimesOfDay(begin, end));
        }

        hours = new WeekHours(first, last, times.DrainToImmutable());
        return true;
    }

    public override string ToString()
    {
        var text = new StringBuilder(s_days[FirstDay]);
        if (LastDay > FirstDay) text.Append('-').Append(s_days[LastDay]);
        for (var i = 0; i < Times.Length; i++)
        {
            text.Append(i == 0 ? " " : ", ");
            text.Append(CultureInfo.InvariantCulture, $"{Times[i].BeginMinute / 60:00}:{Times[i].BeginMinute % 60:00}-");
            text.Append(CultureInfo.InvariantCulture, $"{Times[i].EndMinute / 60:00}:{Times[i].EndMinute % 60:00}");
        }

        return text.ToString();
    }

    public bool Equals(WeekHours? other) =>
        other is not null && FirstDay == other.FirstDay && LastDay == other.LastDay && Times.AsSpan().SequenceEqual(other.Times.AsSpan());

    public override int GetHashCode() => HashCode.Combine(FirstDay, LastDay, Times.Length, Times[0]);

    private static (int Day, int Minute) OfWeek(DateTimeOffset at)
    {
        var utc = at.UtcDateTime;
        return (((int)utc.DayOfWeek + 6) % 7, (utc.Hour * 60) + utc.Minute);
    }

    private static int? Minute(string text)
    {
        if (text == "24:00") return 24 * 60;
        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? (time.Hour * 60) + time.Minute : null;
    }
}

/// <summary>Minutes of a day: the first included, the last excluded.</summary>
public readonly record struct TimesOfDay(int BeginMinute, int EndMinute);
