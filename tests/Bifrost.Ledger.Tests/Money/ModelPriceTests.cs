using Bifrost.Ledger.Money;

namespace Bifrost.Ledger.Tests.Money;

public sealed class ModelPriceTests
{
    private static readonly DateTimeOffset s_first = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ModelPrice s_later = Of(2) with { ValidFrom = s_first };

    /// <summary>1 until December, 2 from then on.</summary>
    private static readonly ModelPrice s_raised = Of(1) with { ValidTo = s_first, OtherTimes = [s_later] };

    /// <summary>A peak of 9 on working days from 01:00 to 04:00 and from 06:00 to 10:00.</summary>
    private static readonly ModelPrice s_peaks = Of(1) with { OtherTimes = [Of(9) with { HoursUtc = Hours("Mon-Fri 01:00-04:00, 06:00-10:00") }] };

    [Fact]
    public void The_row_of_the_moment_is_in_force_from_its_first_moment_to_before_its_end()
    {
        Assert.Equal(1, s_raised.At(s_first.AddTicks(-1))!.InputNanosPerMillion);
        Assert.Equal(2, s_raised.At(s_first)!.InputNanosPerMillion);
        Assert.Same(s_raised, s_raised.At(DateTimeOffset.MinValue));
    }

    [Fact]
    public void A_time_that_no_row_covers_has_no_price()
    {
        var gap = s_raised with { OtherTimes = [s_later with { ValidFrom = s_first.AddDays(2) }] };
        Assert.Null(gap.At(s_first));
        Assert.Empty(gap.Between(s_first, s_first.AddDays(2).AddTicks(-1)));
        Assert.Equal(2, Assert.Single(gap.Between(s_first, s_first.AddDays(2))).InputNanosPerMillion);
        Assert.Null((Of(1) with { ValidFrom = s_first, ValidTo = s_first.AddDays(1) }).At(s_first.AddDays(1)));
    }

    [Theory]
    [InlineData("2026-11-16T03:59:00Z", 9)] // Monday
    [InlineData("2026-11-16T04:00:00Z", 1)]
    [InlineData("2026-11-16T00:59:59Z", 1)]
    [InlineData("2026-11-16T06:00:00Z", 9)]
    [InlineData("2026-11-14T02:00:00Z", 1)] // Saturday
    [InlineData("2026-11-16T05:00:00+03:00", 9)] // 02:00 UTC
    public void A_row_with_hours_goes_before_one_without(string at, long price) =>
        Assert.Equal(price, s_peaks.At(Time(at))!.InputNanosPerMillion);

    [Theory]
    [InlineData("2026-11-16T04:00:00Z", "2026-11-16T05:59:59Z", false)]
    [InlineData("2026-11-16T05:55:00Z", "2026-11-16T06:00:00Z", true)]
    [InlineData("2026-11-16T03:59:00Z", "2026-11-16T04:10:00Z", true)]
    [InlineData("2026-11-13T10:00:00Z", "2026-11-16T00:59:00Z", false)] // Friday to Monday
    [InlineData("2026-11-13T10:00:00Z", "2026-11-16T01:00:00Z", true)]
    [InlineData("2026-11-14T00:00:00Z", "2026-11-30T00:00:00Z", true)]
    public void Every_row_that_holds_at_some_moment_of_a_time_is_told(string from, string until, bool peak) =>
        Assert.Equal(peak ? [1, 9] : [1L], s_peaks.Between(Time(from), Time(until)).Select(row => row.InputNanosPerMillion));

    [Fact]
    public void A_raise_within_the_time_is_told_with_the_price_before_it()
    {
        Assert.Equal([1L], Inputs(s_first.AddMinutes(-10), s_first.AddTicks(-1)));
        Assert.Equal([1, 2], Inputs(s_first.AddMinutes(-10), s_first));
        Assert.Equal([2L], Inputs(s_first, s_first.AddYears(1)));

        static IEnumerable<long> Inputs(DateTimeOffset from, DateTimeOffset until) => s_raised.Between(from, until).Select(row => row.InputNanosPerMillion);
    }

    [Fact]
    public void Hours_bind_only_within_the_dates_of_their_row()
    {
        // The peak row ends on Monday before its first hour.
        var ended = Of(9) with { HoursUtc = Hours("Mon-Fri 01:00-04:00"), ValidTo = Time("2026-11-16T01:00:00Z") };
        Assert.Empty(ended.Between(Time("2026-11-14T00:00:00Z"), Time("2026-11-16T02:00:00Z")));
        Assert.Single(ended.Between(Time("2026-11-13T03:00:00Z"), Time("2026-11-13T03:00:00Z")));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("", 1)]
    [InlineData("default", 1)]
    [InlineData("auto", 1)]
    [InlineData("standard", 1)]
    [InlineData("Priority", 2)]
    [InlineData("flex", null)]
    public void A_tier_is_its_prices_and_one_without_prices_is_none(string? tier, int? price) =>
        Assert.Equal(price, (int?)(Of(1) with { ServiceTiers = [new ServiceTier("priority", Of(2))] }).Tier(tier)?.InputNanosPerMillion);

    [Fact]
    public void A_fine_tuned_model_costs_the_declared_times_rounded_up_and_without_a_factor_nothing_is_known()
    {
        Assert.Null(Of(1).FineTuned());
        var tuned = (Of(3) with { FineTunedFactor = 1.5m, CacheReadNanosPerMillion = 1, RequestNanos = 7, OtherTimes = [Of(10)] }).FineTuned()!;
        Assert.Equal((5, 5, 2L, 7L, 15), (tuned.InputNanosPerMillion, tuned.OutputNanosPerMillion, tuned.CacheReadNanosPerMillion, tuned.RequestNanos,
            tuned.OtherTimes[0].InputNanosPerMillion));
    }

    [Theory]
    [InlineData("Mon-Fri 01:00-04:00, 06:00-10:00")]
    [InlineData("Sun 00:00-24:00")]
    public void Hours_are_written_as_they_were_read(string text) => Assert.Equal(text, Hours(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Mon")]
    [InlineData("Fri-Mon 01:00-02:00")]
    [InlineData("Mon-Fri 04:00-01:00")]
    [InlineData("Mon-Fri 1:00-2:00")]
    [InlineData("Mon-Fri 01:00")]
    [InlineData("Mon-Wed-Fri 01:00-02:00")]
    [InlineData("Day 01:00-02:00")]
    public void Other_texts_are_no_hours(string text) => Assert.False(WeekHours.TryParse(text, out _));

    private static ModelPrice Of(long price) => new() { InputNanosPerMillion = price, OutputNanosPerMillion = price };

    private static WeekHours Hours(string text) => WeekHours.TryParse(text, out var hours) ? hours : throw new FormatException(text);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
