using System.Globalization;
using Bifrost.Ledger.Money;
using CsCheck;

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
        Assert.True(Nanos.TryFromUsd(Usd(usd), out var taken));
        Assert.Equal(nanos, taken);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1000000000.000000001")]
    public void Refuses_what_is_no_amount(string usd) => Assert.False(Nanos.TryFromUsd(Usd(usd), out _));

    [Fact]
    public void Reads_a_price_per_token_as_nano_dollars_per_million()
    {
        Assert.True(Nanos.TryPricePerMillion(0.00000015m, out var perMillion));
        Assert.Equal(150_000_000, perMillion);
    }

    [Fact]
    public void Dollars_and_back_change_nothing() =>
        Gen.Long[0, Nanos.Max].Sample(nanos => Nanos.TryFromUsd(Nanos.ToUsd(nanos), out var back) && back == nanos);

    [Theory]
    [InlineData(2_500_000_000, "$2.5")]
    [InlineData(-1_000, "-$0.000001")]
    [InlineData(0, "$0")]
    public void Writes_amounts_for_people(long nanos, string text) => Assert.Equal(text, Nanos.Format(nanos));

    private static decimal Usd(string text) => decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
