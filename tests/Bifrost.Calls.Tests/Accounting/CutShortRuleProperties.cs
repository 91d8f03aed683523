using Bifrost.Calls.Accounting;
using Bifrost.Chat.Usage;
using CsCheck;

namespace Bifrost.Calls.Tests.Accounting;

/// <summary>An answer that was cut short is never booked by what was seen of it alone.</summary>
public class CutShortRuleProperties
{
    private static readonly TokenUsage s_bound = new() { PromptTokens = 1_000, CompletionTokens = 50_000 };

    [Fact]
    public void Covers_whatever_a_model_can_have_written() =>
        Gen.Select(Gen.Int[0, 200_000], Gen.Int[1, 1_000], Gen.Int[0, 1_000], Gen.Int[0, 2_000], Gen.Bool).Sample((sentMs, rate, shareOfRate, lateMs, thinks) =>
        {
            // A model that writes at some speed up to the rate, shows all of it or nothing, and notices within two seconds.
            var speed = rate * shareOfRate / 1_000;
            var written = Math.Min(s_bound.CompletionTokens, (long)speed * (sentMs + lateMs) / 1_000);
            var shown = thinks ? 0 : (long)speed * sentMs / 1_000;

            var usage = CutShortRule.Stopped(default, contentBytes: shown, sentMs, rate, tokensPerByte: 1, mayThink: thinks, s_bound);

            Assert.InRange(usage.CompletionTokens, written, s_bound.CompletionTokens);
            Assert.Equal(1_000, usage.PromptTokens);
        });

    [Fact]
    public void Bytes_count_for_no_more_than_could_be_written_in_the_time() =>
        Assert.Equal(100 + 200, CutShortRule.Stopped(default, contentBytes: 1_000_000, 1_000, 100, null, mayThink: false, s_bound).CompletionTokens);

    [Fact]
    public void What_was_stated_counts_and_the_limit_holds()
    {
        var told = UsageTold.Of(new TokenUsage { PromptTokens = 77, CompletionTokens = 900 });

        Assert.Equal((77, 900), Tokens(CutShortRule.Stopped(told, 5, 100, 100, null, mayThink: true, s_bound)));
        Assert.Equal((77, 50_000), Tokens(CutShortRule.Stopped(told, 5, 600_000, 500, null, mayThink: true, s_bound)));
        Assert.Equal((1_000, 50_000), Tokens(CutShortRule.Held(told, s_bound)));
        Assert.Equal((1_000, 60_000), Tokens(CutShortRule.Held(UsageTold.Of(new TokenUsage { CompletionTokens = 60_000 }), s_bound)));
    }

    private static (long, long) Tokens(TokenUsage usage) => (usage.PromptTokens, usage.CompletionTokens);
}
