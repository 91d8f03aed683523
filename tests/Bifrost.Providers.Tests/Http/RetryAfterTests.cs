using Bifrost.Providers.Http;

namespace Bifrost.Providers.Tests.Http;

public class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("2", 2_000)]
    [InlineData("1.5", 1_500)]
    [InlineData(" 7 ", 7_000)]
    [InlineData("Mon, 02 Nov 2026 12:00:30 GMT", 30_000)]
    [InlineData("Mon, 02 Nov 2026 11:59:00 GMT", 0)]
    [InlineData("999999999999", 86_400_000)]
    [InlineData("Wed, 02 Nov 2039 12:00:00 GMT", 86_400_000)]
    public void Reads_seconds_and_dates_within_a_day(string value, long expectedMs) => Assert.Equal(expectedMs, RetryAfter.ParseMs(value, Now));

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-5")]
    public void Ignores_what_it_cannot_read(string value) => Assert.Null(RetryAfter.ParseMs(value, Now));
}
