using Bifrost.Ledger.Money;
using FsCheck;
using FsCheck.Fluent;

namespace Bifrost.Ledger.Tests.Money;

public sealed class NanosTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("12.5", 12_500_000_000)]
    [InlineData("2.5e-9", 3)]
    [InlineData("0.0000000004", 0)]
    [InlineData("1000000000", Nanos.Max)]
    public void Takes_dollars_and_rounds_half_up(string usd, long nanos)
    {
        Assert.True(Nanos.TryFromUsd(decimal.Parse(usd, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture), out var read));
        Assert.Equal(nanos, read);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1000000000.000000001")]
    public void Refuses_less_than_nothing_and_too_much(string usd) =>
        Assert.False(Nanos.TryFromUsd(decimal.Parse(usd, System.Globalization.CultureInfo.InvariantCulture), out _));

    [Fact]
    public void Reads_a_price_per_token_as_nano_dollars_per_million()
    {
        Assert.True(Nanos.TryPricePerMillion(0.00000015m, out var perMillion));
        Assert.Equal(150_000_000, perMillion);
    }

    [Fact]
    public void Dollars_and_back_change_nothing() =>
        Prop.ForAll<long>(n =>
        {
            var nanos = Math.Abs(n % Nanos.Max);
            return Nanos.TryFromUsd(Nanos.ToUsd(nanos), out var back) && back == nanos;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(2_500_000_000, "$2.5")]
    [InlineData(-1_000, "-$0.000001")]
    [InlineData(0, "$0")]
    public void Writes_amounts_for_people(long nanos, string text) => Assert.Equal(text, Nanos.Format(nanos));
}
