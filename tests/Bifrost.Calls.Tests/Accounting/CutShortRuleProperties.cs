using Bifrost.Calls.Accounting;
using Bifrost.Chat.Splice;
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
            var shown = thinks ? 0 : Math.Min(s_bound.CompletionTokens, (long)speed * sentMs / 1_000);

            var usage = CutShortRule.Stopped(default, Text(shown), sentMs, rate, tokensPerByte: 1, mayThink: thinks, s_bound);

            Assert.InRange(usage.CompletionTokens, written, s_bound.CompletionTokens);
            Assert.Equal(1_000, usage.PromptTokens);
        });

    [Fact]
    public void Bytes_count_for_no_more_than_could_be_written_in_the_time() =>
        Assert.Equal(100 + 200, CutShortRule.Stopped(default, Text(1_000_000), 1_000, 100, null, mayThink: false, s_bound).CompletionTokens);

    [Fact]
    public void What_was_stated_counts_and_the_limit_holds()
    {
        var told = UsageTold.Of(new TokenUsage { PromptTokens = 77, CompletionTokens = 900 });

        Assert.Equal((77, 900), Tokens(CutShortRule.Stopped(told, Text(5), 100, 100, null, mayThink: true, s_bound)));
        Assert.Equal((77, 50_000), Tokens(CutShortRule.Stopped(told, Text(5), 600_000, 500, null, mayThink: true, s_bound)));
        Assert.Equal((1_000, 50_000), Tokens(CutShortRule.Held(told, 5, s_bound)));
        Assert.Equal((1_000, 60_000), Tokens(CutShortRule.Held(UsageTold.Of(new TokenUsage { CompletionTokens = 60_000 }), 5, s_bound)));
    }

    /// <summary>An upstream that ignores the limit and tells no usage was booked at the limit, whatever it delivered.</summary>
    [Fact]
    public void Text_counts_beyond_an_output_limit_that_did_not_bind()
    {
        var bound = s_bound with { CompletionTokens = 10 };
        var picture = default(ContentBytes);
        picture.Add(1_000_000, isText: false);

        Assert.Equal(4_000, CutShortRule.Unstated(Text(4_000), 0, 500, 1, mayThink: false, isEndedByLimit: false, bound).CompletionTokens);
        Assert.Equal(4_000, CutShortRule.Stopped(default, Text(4_000), 60_000, 500, 1, mayThink: false, bound).CompletionTokens);
        Assert.Equal(4_000, CutShortRule.Held(default, 4_000, bound).CompletionTokens);
        Assert.Equal(10, CutShortRule.Unstated(picture, 0, 500, 1, mayThink: false, isEndedByLimit: false, bound).CompletionTokens);
    }

    /// <summary>An answer of thinking alone that the limit ended was booked by its time.</summary>
    [Fact]
    public void Thinking_that_the_limit_ended_is_as_long_as_the_limit() =>
        Assert.Equal(50_000, CutShortRule.Unstated(default, 10, 100, 1, mayThink: true, isEndedByLimit: true, s_bound).CompletionTokens);

    /// <summary>What is not known to have ended may have written its prompt to a cache, and searched, as much as was held for that.</summary>
    [Fact]
    public void What_runs_on_unseen_costs_the_kinds_that_were_held()
    {
        var held = CutShortRule.Held(default, 0, s_bound with { CachedWriteTokens = 1_000, SearchQueries = 64 });

        Assert.Equal((1_000, 64), (held.CachedWriteTokens, held.SearchQueries));
    }

    /// <summary>Tokens of a prediction that were rejected are billed, and no text shows them.</summary>
    [Fact]
    public void Rejected_tokens_of_a_prediction_count_beside_the_text()
    {
        Assert.Equal(5 + (2 * 100) + 70, CutShortRule.Stopped(default, Text(5), 1_000, 100, 1, mayThink: false, s_bound, rejected: 70).CompletionTokens);
        Assert.Equal(5 + 70, CutShortRule.Unstated(Text(5), 10, 100, 1, mayThink: false, isEndedByLimit: false, s_bound, rejected: 70).CompletionTokens);
    }

    /// <summary>An answer of nothing that the limit ended was booked at nothing, of a model that is known not to think.</summary>
    [Fact]
    public void An_answer_of_nothing_that_the_limit_ended_is_as_long_as_the_limit()
    {
        Assert.Equal(50_000, CutShortRule.Unstated(default, 10, 100, 1, mayThink: false, isEndedByLimit: true, s_bound).CompletionTokens);
        Assert.Equal(7, CutShortRule.Unstated(Text(7), 10, 100, 1, mayThink: false, isEndedByLimit: true, s_bound).CompletionTokens);
    }

    private static ContentBytes Text(long bytes)
    {
        var content = default(ContentBytes);
        content.Add(bytes, isText: true);
        return content;
    }

    private static (long, long) Tokens(TokenUsage usage) => (usage.PromptTokens, usage.CompletionTokens);
}
