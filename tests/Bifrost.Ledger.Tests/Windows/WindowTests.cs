using System.Globalization;
using Bifrost.Ledger.Windows;
using CsCheck;

namespace Bifrost.Ledger.Tests.Windows;

public sealed class WindowTests
{
    [Theory]
    [InlineData("1d", "2028-02-29T13:00:00Z", "2028-02-29", "2028-03-01")]
    [InlineData("1w", "2026-01-01T00:00:00Z", "2025-12-29", "2026-01-05")]
    [InlineData("1M", "2027-02-28T23:59:59Z", "2027-02-01", "2027-03-01")]
    [InlineData("1M", "2028-02-29T00:00:00Z", "2028-02-01", "2028-03-01")]
    [InlineData("1Q", "2026-12-31T23:59:59Z", "2026-10-01", "2027-01-01")]
    [InlineData("1Y", "2028-12-31T23:59:59Z", "2028-01-01", "2029-01-01")]
    public void Calendar_windows_begin_at_midnight_UTC(string text, string now, string start, string end)
    {
        Assert.True(PeriodParser.TryParse(text, true, out var period, out _));
        var first = WindowClock.First(period, At(now));
        Assert.Equal(At(start), first);
        Assert.Equal(At(end), WindowClock.End(period, first));
        Assert.Equal(first, WindowClock.Current(period, first, At(end).AddTicks(-1)));
        Assert.Equal(At(end), WindowClock.Current(period, first, At(end)));
    }

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("1M", 30 * 86_400)]
    [InlineData("1Y", 365 * 86_400)]
    public void Rolling_windows_are_creation_plus_whole_periods(string text, int seconds)
    {
        Assert.True(PeriodParser.TryParse(text, false, out var period, out _));
        var created = At("2026-03-04T05:06:07.5Z");
        var now = created.AddSeconds((seconds * 3L) + 1);
        Assert.Equal(created.AddSeconds(seconds * 3L), WindowClock.Current(period, created, now));
    }

    [Fact]
    public void Windows_hold_the_moment_and_never_move_back() =>
        Gen.Select(Gen.Int, Gen.Int, Gen.Byte).Sample((from, by, kind) =>
        {
            var calendar = kind % 2 == 0;
            var unit = (PeriodUnit)(calendar ? 3 + (kind % 5) : kind % 8);
            var period = new WindowPeriod(1 + (kind % 3), unit, calendar);
            var created = At("2026-01-31T12:00:00Z").AddMinutes(from % 2_000_000);
            var start = WindowClock.First(period, created);
            var later = created.AddSeconds(Math.Abs((long)by));
            var moved = WindowClock.Current(period, start, later);
            return start <= created && moved <= later && later < WindowClock.End(period, moved) && moved >= start
                && WindowClock.Current(period, moved, created) == moved;
        });

    [Theory]
    [InlineData("", false)]
    [InlineData("d", false)]
    [InlineData("0d", false)]
    [InlineData("-1d", false)]
    [InlineData("1x", false)]
    [InlineData("1.5h", false)]
    [InlineData("99999999d", false)]
    [InlineData("1h", true)]
    public void Refuses_periods_that_are_none(string text, bool calendar)
    {
        Assert.False(PeriodParser.TryParse(text, calendar, out _, out var error));
        Assert.Contains($"'{text}'", error, StringComparison.Ordinal);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
