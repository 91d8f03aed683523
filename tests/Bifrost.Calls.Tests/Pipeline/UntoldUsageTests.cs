using Bifrost.Calls.Contracts;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Tests.Pipeline;

/// <summary>What is booked of answers whose usage is not told, or not to the end, or by no more than a total.</summary>
public class UntoldUsageTests
{
    private const string Text = "Four hundred bytes of text beside a usage of nothing. ";

    /// <summary>The first chunk said one token, and four hundred bytes followed.</summary>
    [Fact]
    public async Task A_usage_told_before_the_content_is_not_all()
    {
        await using var rig = new PipelineRig();
        rig.P.Then(Replies.Stream(new FakeStreamBody().Usage(10, 1).Text(Text).Text(Text).Finish().Done()));

        await Json.AllAsync(await rig.RunAsync(stream: true));

        Assert.True(rig.OnlySettlement.Estimated);
        Assert.InRange(rig.OnlySettlement.Usage.CompletionTokens, 20, 1_000);
    }

    /// <summary>A price that does not say whether its model thinks was booked by what was seen, though the request asked for thinking.</summary>
    [Theory]
    [InlineData(null, 2)]
    [InlineData("none", 2)]
    [InlineData("high", 500)]
    public async Task A_request_that_asks_for_thinking_is_booked_as_if_it_got_it(string? effort, int outputTokens)
    {
        await using var rig = new PipelineRig { Priced = price => price with { OutputTokensMax = 16_384, TokensPerSecondMax = 100, TokensPerByteMax = 1 } };
        rig.Key.Issue = ticket => ticket with
        {
            Bound = new TokenUsage { PromptTokens = 200, CompletionTokens = 1_000 }, BoundNanos = 1, HoldNanos = 1,
        };
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(3));
            return Task.FromResult(Replies.Json("""{"choices":[{"index":0,"message":{"content":"ok"},"finish_reason":"stop"}]}"""));
        });

        Json.OfBody(await rig.RunAsync(extra: effort is null ? "" : $",\"reasoning_effort\":\"{effort}\""));

        Assert.Equal(outputTokens, rig.OnlySettlement.Usage.CompletionTokens);
    }

    /// <summary>Zeros beside content in members that are not known were booked as nothing.</summary>
    [Theory]
    [InlineData("""{"choices":[{"index":0,"message":{"content":"","thoughts":"abc"}}],"usage":{"prompt_tokens":0,"completion_tokens":0}}""")]
    [InlineData("""{"choices":[{"index":0,"message":{"images":[{"image_url":"data:image/png;base64,abc"}]}}],"usage":{"prompt_tokens":9,"completion_tokens":0}}""")]
    [InlineData("""{"choices":[],"output":[{"content":[{"text":"abc"}]}],"usage":{"prompt_tokens":9,"completion_tokens":0}}""")]
    public async Task Content_that_is_not_known_is_content(string json)
    {
        await BooksOutputAsync(json, stream: false);
        await BooksOutputAsync(json.Replace("\"message\"", "\"delta\"", StringComparison.Ordinal), stream: true);
    }

    private static async Task BooksOutputAsync(string json, bool stream)
    {
        await using var rig = new PipelineRig();
        if (stream) rig.P.Then(Replies.Stream(new FakeStreamBody().Chunk(json).Finish().Done()));
        else rig.P.ThenJson(json);

        var answer = await rig.RunAsync(stream: stream);
        if (stream) await Json.AllAsync(answer);
        else Json.OfBody(answer);

        Assert.True(rig.OnlySettlement.Estimated);
        Assert.InRange(rig.OnlySettlement.Usage.CompletionTokens, 1, 1_000);
    }

    [Fact]
    public async Task A_model_that_thinks_and_tells_no_usage_is_not_booked_by_its_text_alone()
    {
        await using var rig = new PipelineRig { Priced = price => price with { Thinks = true, TokensPerSecondMax = 50 } };
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(20));
            return Task.FromResult(Replies.Json(Replies.WithoutUsage));
        });

        Json.OfBody(await rig.RunAsync());

        Assert.Equal((1_000, true), (rig.OnlySettlement.Usage.CompletionTokens, rig.OnlySettlement.Estimated));
    }

    /// <summary>
    /// A usage that was not told was booked by the plain prices, though its prompt may have been written to a cache, its output may be thinking,
    /// and there may have been searches: never more than was held.
    /// </summary>
    [Theory]
    [InlineData(10_000_000_000, (100 * 1_250) + (1_000 * 3_000) + (64 * 5_000))]
    [InlineData(2_200_000, 2_200_000)]
    public async Task A_usage_that_was_not_told_is_booked_by_the_dearest_kinds_of_tokens(long held, long nanos)
    {
        await using var rig = new PipelineRig
        {
            Priced = price => price with
            {
                PromptTokensMax = 200_000,
                CacheWriteNanosPerMillion = 1_250_000_000,
                ReasoningNanosPerMillion = 3_000_000_000,
                SearchQueryNanos = 5_000,
                TokensPerByteMax = 1,
            },
        };
        rig.Key.Issue = ticket => HeldAtBound(ticket) with { HoldNanos = held, BoundNanos = held };
        rig.P.ThenJson("""{"choices":[{"index":0,"message":{"content":"abcdef"},"finish_reason":"stop"}]}""");

        Json.OfBody(await rig.RunAsync());

        Assert.Equal((nanos, true), (rig.OnlySettlement.CostNanos, rig.OnlySettlement.Estimated));
    }

    /// <summary>What was told of the prompt is not taken for dearer than that.</summary>
    [Fact]
    public async Task A_part_that_was_told_keeps_its_price()
    {
        await using var rig = new PipelineRig
        {
            Priced = price => price with { PromptTokensMax = 200_000, CacheReadNanosPerMillion = 100_000_000, CacheWriteNanosPerMillion = 1_250_000_000, TokensPerByteMax = 1 },
        };
        rig.Key.Issue = HeldAtBound;
        rig.P.ThenJson("""
            {"choices":[{"index":0,"message":{"content":"abcdef"}}],"usage":{"prompt_tokens":50,"prompt_tokens_details":{"cached_tokens":50}}}
            """);

        Json.OfBody(await rig.RunAsync());

        Assert.Equal(((50 * 100) + (6 * 2_000), true), (rig.OnlySettlement.CostNanos, rig.OnlySettlement.Estimated));
    }

    /// <summary>Of a total alone all was taken for output, though a longer prompt makes all of it dearer.</summary>
    [Fact]
    public async Task A_total_alone_is_booked_at_the_dearest_split()
    {
        await using var rig = new PipelineRig
        {
            Priced = price => price with
            {
                PromptTokensMax = 200_000,
                Tiers = [new PriceTier { AbovePromptTokens = 1_000, InputNanosPerMillion = 5_000_000_000, OutputNanosPerMillion = 6_000_000_000 }],
            },
        };
        rig.Key.Issue = HeldAtBound;
        rig.P.ThenJson("""{"choices":[{"index":0,"message":{"content":"abcdef"}}],"usage":{"total_tokens":1500}}""");

        Json.OfBody(await rig.RunAsync());

        Assert.Equal(((1_001 * 5_000) + (499 * 6_000), true), (rig.OnlySettlement.CostNanos, rig.OnlySettlement.Estimated));
    }

    /// <summary>Answers that are written and not shown, and predictions that are rejected, were booked at nothing where no usage was told.</summary>
    [Theory]
    [InlineData(",\"best_of\":4,\"n\":2", 22 * 50)]
    [InlineData(",\"n\":2", 6)]
    [InlineData(",\"prediction\":{\"type\":\"content\",\"content\":\"abc\"}", 6 + 34)]
    public async Task What_a_request_lets_be_written_unseen_is_booked_where_no_usage_is_told(string extra, int output)
    {
        await using var rig = new PipelineRig { Priced = price => price with { PromptTokensMax = 200_000, TokensPerSecondMax = 50, TokensPerByteMax = 1 } };
        rig.Key.Issue = HeldAtBound;
        rig.P.Then(_ =>
        {
            rig.Time.Advance(TimeSpan.FromSeconds(20));
            return Task.FromResult(Replies.Json("""{"choices":[{"index":0,"message":{"content":"abcdef"},"finish_reason":"stop"}]}"""));
        });

        Json.OfBody(await rig.RunAsync(extra: extra));

        Assert.Equal((output, true), (rig.OnlySettlement.Usage.CompletionTokens, rig.OnlySettlement.Estimated));
    }

    private static Ticket HeldAtBound(Ticket ticket) => ticket with
    {
        Bound = new TokenUsage { PromptTokens = 100, CompletionTokens = 4_000 }, HoldNanos = 10_000_000_000, BoundNanos = 10_000_000_000,
    };
}
