using System.Text;
using Bifrost.Chat.Splice;

namespace Bifrost.Chat.Tests.Usage;

/// <summary>What providers say that a call cost, each in its own words.</summary>
public class CostToldTests
{
    [Theory]
    [InlineData("\"cost\":0.0123", 12_300_000L)]
    [InlineData("\"cost\":1.5e-05,\"is_byok\":false,\"cost_details\":{\"upstream_inference_cost\":9}", 15_000L)]
    [InlineData("\"cost\":0.001,\"is_byok\":true,\"cost_details\":{\"a\":{\"upstream_inference_cost\":3},\"upstream_inference_cost\":0.02}", 21_000_000L)]
    [InlineData("\"cost\":0.001,\"is_byok\":true,\"cost_details\":null", 1_000_000L)]
    [InlineData("\"cost\":{\"currency\":\"USD\",\"input_cost\":0,\"tool_calls_cost\":0.001,\"total_cost\":0.00105}", 1_050_000L)]
    [InlineData("\"cost_in_usd_ticks\":1466250", 146_625L)]
    [InlineData("\"cost_in_usd_ticks\":15", 2L)]
    [InlineData("\"cost\":0", 0L)]
    [InlineData("\"cost\":\"0.25\"", 250_000_000L)]
    [InlineData("\"cost\":-1", null)]
    [InlineData("\"cost\":1e300", null)]
    [InlineData("\"cost\":null", null)]
    [InlineData("\"cost\":[1]", null)]
    [InlineData("\"cost\":{}", null)]
    [InlineData("\"cost_in_usd_ticks\":\"x\"", null)]
    [InlineData("\"queue_time\":1", null)]
    public void Is_read_in_nano_dollars(string members, long? expected)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"choices":[],"usage":{"prompt_tokens":1,{{members}},"completion_tokens":2} }""");
        Assert.True(CompletionScanner.TryScan(json, out var shape));
        Assert.Equal(expected, shape.Told.ReportedNanos);
        Assert.Equal((1L, 2L), (shape.Usage!.Value.PromptTokens, shape.Usage.Value.CompletionTokens));
    }

    [Fact]
    public void Of_several_the_largest_holds()
    {
        var told = default(Chat.Usage.UsageTold);
        foreach (var cost in (string[])["0.1", "0.3", "0.2"])
        {
            Assert.True(CompletionScanner.TryScan(Encoding.UTF8.GetBytes($$"""{"usage":{"cost":{{cost}} } }"""), out var shape));
            told.Add(shape.Told);
        }

        Assert.Equal(300_000_000, told.ReportedNanos);
    }
}
