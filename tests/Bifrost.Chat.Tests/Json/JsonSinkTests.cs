using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Json;
using CsCheck;

namespace Bifrost.Chat.Tests.Json;

public sealed class JsonSinkTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.000000001")]
    [InlineData(1_500, "0.0000015")]
    [InlineData(1_000_000_000, "1")]
    [InlineData(1_100_000_000, "1.1")]
    [InlineData(12_345_678_901, "12.345678901")]
    [InlineData(-1_500, "-0.0000015")]
    [InlineData(long.MaxValue, "9223372036.854775807")]
    [InlineData(long.MinValue, "-9223372036.854775808")]
    public void Writes_money_digit_for_digit(long nanos, string expected) => Assert.Equal(expected, Usd(nanos));

    [Fact]
    public void Writes_every_amount_exactly() => Gen.Long.Sample(
        nanos =>
        {
            Assert.Equal(nanos / 1_000_000_000m, decimal.Parse(Usd(nanos), CultureInfo.InvariantCulture));
            using var parsed = JsonDocument.Parse(Usd(nanos));
            Assert.Equal(JsonValueKind.Number, parsed.RootElement.ValueKind);
        },
        iter: 2_000);

    [Fact]
    public void Loses_nothing_where_one_span_ends_and_the_next_begins()
    {
        for (var length = 200; length < 300; length++)
        {
            var text = new string('x', length);
            var to = new ArrayBufferWriter<byte>(1);
            var sink = new JsonSink(to);
            for (var i = 0; i < 5; i++)
            {
                sink.Quoted(text);
                sink.Number(length);
                sink.Usd(length * 1_000_000_000L + 1);
            }

            sink.Flush();
            var one = string.Create(CultureInfo.InvariantCulture, $"\"{text}\"{length}{length}.000000001");
            Assert.Equal(string.Concat(Enumerable.Repeat(one, 5)), Encoding.UTF8.GetString(to.WrittenSpan));
        }
    }

    private static string Usd(long nanos)
    {
        var to = new ArrayBufferWriter<byte>();
        var sink = new JsonSink(to);
        sink.Usd(nanos);
        sink.Flush();
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }
}
