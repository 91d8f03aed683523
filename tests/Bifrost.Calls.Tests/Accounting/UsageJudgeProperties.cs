using System.Text;
using Bifrost.Calls.Accounting;
using Bifrost.Chat.Splice;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;
using CsCheck;

namespace Bifrost.Calls.Tests.Accounting;

/// <summary>Whatever a provider tells, what is booked can be, and is not less than what it told of that.</summary>
public class UsageJudgeProperties
{
    private static readonly Gen<long> s_count = Gen.OneOf(Gen.Long[0, 3], Gen.Long[0, 5_000], Gen.Long[0, UsageTold.CountMax]);

    private static readonly Gen<TokenUsage> s_told = Gen.Select(s_count, s_count, s_count, s_count, s_count, s_count, (a, b, c, d, e, f) => new TokenUsage
    {
        PromptTokens = a, CompletionTokens = b, CachedReadTokens = c, CachedWriteTokens = d, ReasoningTokens = e, PromptAudioTokens = f,
        CompletionAudioTokens = c / 2, CitationTokens = d / 2, SearchQueries = e / 2,
    });

    private static readonly Gen<UsageBounds> s_bounds = Gen.Select(
        Gen.Long[1, 10_000], Gen.Long[1, 10_000], Gen.Int[1, 4], Gen.Long[0, 200_000], Gen.Int[0, 20_000], (prompt, output, choices, window, ceiling) => UsageBounds.Of(
            new Ticket
            {
                AttemptId = Guid.Empty,
                VirtualKeyId = "vk",
                Choices = choices,
                Bound = new TokenUsage { PromptTokens = prompt, CompletionTokens = output },
            },
            new ModelPrice
            {
                InputNanosPerMillion = 1,
                OutputNanosPerMillion = 1,
                PromptTokensMax = window == 0 ? null : window,
                OutputTokensMax = ceiling == 0 ? null : ceiling,
            }));

    private static readonly Gen<TokenUsage> s_estimate = Gen.Select(
        Gen.Long[1, 1_000], Gen.Long[0, 1_000], (prompt, output) => new TokenUsage { PromptTokens = prompt, CompletionTokens = output });

    private static readonly AnswerShown s_shown = new(HasOutput: true);

    [Fact]
    public void What_is_booked_can_be() => Gen.Select(s_told, s_bounds, s_estimate, Gen.Bool).Sample((told, bounds, estimate, hasContent) =>
    {
        var (usage, estimated, faults) = UsageJudge.OfAnswer(UsageTold.Of(told), new AnswerShown(hasContent), estimate, bounds);

        Assert.InRange(usage.PromptTokens, 0, Math.Max(bounds.PromptMax, estimate.PromptTokens));
        Assert.InRange(usage.CompletionTokens, 0, bounds.OutputMax);
        Assert.InRange(usage.SearchQueries, 0, bounds.SearchesMax);
        Assert.InRange(usage.CachedReadTokens + usage.CachedWriteTokens + usage.PromptAudioTokens, 0, usage.PromptTokens);
        Assert.InRange(usage.ReasoningTokens + usage.CompletionAudioTokens, 0, usage.CompletionTokens);
        var stated = UsageTold.Of(told).Tokens()!.Value;
        var isAbove = Math.Min(stated.PromptTokens, bounds.PromptMax) > bounds.Bound.PromptTokens
            || Math.Min(stated.CompletionTokens, bounds.OutputMax) > bounds.Bound.CompletionTokens;
        Assert.Equal(isAbove, faults.HasFlag(UsageFaults.AboveBound));
        if (faults.HasFlag(UsageFaults.Impossible) || faults.HasFlag(UsageFaults.ZeroPrompt)) Assert.True(estimated);
    });

    [Fact]
    public void What_was_told_and_can_be_is_booked_in_full_however_far_above_the_bound() =>
        Gen.Select(s_told, s_bounds, s_estimate).Sample((told, bounds, estimate) =>
        {
            var stated = UsageTold.Of(told).Tokens()!.Value;
            var (usage, _, _) = UsageJudge.OfAnswer(UsageTold.Of(told), s_shown, estimate, bounds);
            if (stated.PromptTokens > 0) Assert.Equal(Math.Min(stated.PromptTokens, bounds.PromptMax), usage.PromptTokens);
            if (stated.CompletionTokens > 0) Assert.Equal(Math.Min(stated.CompletionTokens, bounds.OutputMax), usage.CompletionTokens);
        });

    [Fact]
    public void Beside_content_nothing_is_free() => Gen.Select(s_told, s_bounds, s_estimate, Gen.Int[0, 2]).Sample((told, bounds, estimate, zero) =>
    {
        if (zero != 1) told = new TokenUsage { CompletionTokens = told.CompletionTokens };
        if (zero != 0) told = new TokenUsage { PromptTokens = told.PromptTokens };
        estimate = estimate with { CompletionTokens = estimate.CompletionTokens + 1 };

        var (usage, estimated, faults) = UsageJudge.OfAnswer(UsageTold.Of(told), s_shown, estimate, bounds);

        Assert.True(usage is { PromptTokens: > 0, CompletionTokens: > 0 } && estimated && faults != UsageFaults.None);
    });

    /// <summary>It was booked unmarked where the parts of the prompt that were told are no less than the estimate of all of it.</summary>
    [Fact]
    public void A_part_that_was_not_told_is_marked_though_its_own_parts_were()
    {
        const string Answer = """{"choices":[],"usage":{"completion_tokens":56,"prompt_tokens_details":{"cached_write_tokens":327}}}""";
        Assert.True(CompletionScanner.TryScan(Encoding.UTF8.GetBytes(Answer), out var shape));

        var judged = UsageJudge.OfAnswer(shape.Told, s_shown, new TokenUsage { PromptTokens = 300 }, new UsageBounds(default, 9_999, 9_999, 64));

        Assert.Equal((327, true), (judged.Usage.PromptTokens, judged.Estimated));
    }

    /// <summary>Which part of it is output is not known: as much as was admitted.</summary>
    [Fact]
    public void A_total_alone_is_booked_whole_as_the_dearest_that_it_can_be() => Gen.Select(Gen.Long[2, 9_999], s_estimate, s_bounds).Sample((total, estimate, bounds) =>
    {
        var (usage, estimated, faults) = UsageJudge.OfAnswer(
            Told(total), s_shown, estimate, bounds with { PromptMax = 10_000, OutputMax = 10_000 });

        Assert.Equal((total, true), (usage.TotalTokens, estimated));
        Assert.Equal(Math.Min(total, bounds.Bound.CompletionTokens), usage.CompletionTokens);
        Assert.True(faults.HasFlag(UsageFaults.Partial));
    });

    /// <summary>A total of zero, or of one, was booked as it stood.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(31, 4_000)]
    public void A_total_that_the_text_beside_it_cannot_have_is_an_estimate(long total, long textBytes)
    {
        var (usage, estimated, faults) = UsageJudge.OfAnswer(Told(total), new AnswerShown(true, textBytes), s_some, s_around);
        Assert.Equal((s_some.PromptTokens, s_some.CompletionTokens, true), (usage.PromptTokens, usage.CompletionTokens, estimated));
        Assert.True(faults.HasFlag(UsageFaults.ZeroOutput));
    }

    /// <summary>One token beside a long text was believed.</summary>
    [Theory]
    [InlineData(400, 3, 500)]
    [InlineData(400, 4, 4)]
    [InlineData(4_000, 30, 500)]
    public void Fewer_tokens_than_any_tokenizer_makes_of_the_text_are_an_estimate(long textBytes, long told, long booked)
    {
        var usage = UsageTold.Of(new TokenUsage { PromptTokens = 7, CompletionTokens = told });
        var judged = UsageJudge.OfAnswer(usage, new AnswerShown(true, textBytes), s_some, s_around);
        Assert.Equal((7, booked, booked != told), (judged.Usage.PromptTokens, judged.Usage.CompletionTokens, judged.Estimated));
    }

    /// <summary>Zeros without content that was known were booked as nothing, and not even marked.</summary>
    [Fact]
    public void A_prompt_that_was_sent_is_never_nothing()
    {
        var judged = UsageJudge.OfAnswer(UsageTold.Of(default), new AnswerShown(HasOutput: false), s_some, s_around);
        Assert.Equal((400, 0, true), (judged.Usage.PromptTokens, judged.Usage.CompletionTokens, judged.Estimated));
    }

    /// <summary>A running count of the first chunk stood for the whole answer.</summary>
    [Fact]
    public void What_was_told_before_the_end_of_the_content_is_the_least_that_is_booked()
    {
        var told = UsageTold.Of(new TokenUsage { PromptTokens = 330, CompletionTokens = 1 });
        var judged = UsageJudge.OfAnswer(told, new AnswerShown(true, 100, IsToldEarly: true), s_some, s_around);
        Assert.Equal((330, 500, true), (judged.Usage.PromptTokens, judged.Usage.CompletionTokens, judged.Estimated));
    }

    /// <summary>Only what is sure breaks a bound: text that the limit cannot have allowed, not the most that less text can be.</summary>
    [Theory]
    [InlineData(160, false)]
    [InlineData(161, true)]
    public void Text_far_beyond_the_output_limit_breaks_the_bound(long textBytes, bool breaks)
    {
        var bounds = s_around with { Bound = new TokenUsage { PromptTokens = 400, CompletionTokens = 10 } };
        var judged = UsageJudge.OfAnswer(default, new AnswerShown(true, textBytes), s_some, bounds);
        Assert.Equal((500, breaks), (judged.Usage.CompletionTokens, judged.Faults.HasFlag(UsageFaults.AboveBound)));
    }

    private static readonly TokenUsage s_some = new() { PromptTokens = 400, CompletionTokens = 500 };
    private static readonly UsageBounds s_around = new(new TokenUsage { PromptTokens = 1_000, CompletionTokens = 1_000 }, 10_000, 10_000, 64);

    /// <summary>16 times a bound stood for a model's limits, and an answer of several choices is as long as all of them.</summary>
    [Fact]
    public void The_models_own_limits_say_what_can_be_else_the_bound_does()
    {
        var ticket = new Ticket
        {
            AttemptId = Guid.Empty,
            VirtualKeyId = "vk",
            Choices = 3,
            Bound = new TokenUsage { PromptTokens = 100, CompletionTokens = 200 },
        };
        var price = new ModelPrice { InputNanosPerMillion = 1, OutputNanosPerMillion = 1 };

        Assert.Equal((1_000_000, 1_000_000), Most(UsageBounds.Of(ticket, null)));
        Assert.Equal((1_000_000, 1_000_000), Most(UsageBounds.Of(ticket, price)));
        Assert.Equal((8_000, 24_000), Most(UsageBounds.Of(ticket, price with { PromptTokensMax = 8_000 })));
        Assert.Equal((8_000, 3_000), Most(UsageBounds.Of(ticket, price with { PromptTokensMax = 8_000, OutputTokensMax = 1_000 })));
        Assert.Equal((100, 200), Most(UsageBounds.Of(ticket, price with { PromptTokensMax = 1, OutputTokensMax = 1 })));

        static (long, long) Most(UsageBounds bounds) => (bounds.PromptMax, bounds.OutputMax);
    }

    private static UsageTold Told(long total)
    {
        Assert.True(Bifrost.Chat.Splice.CompletionScanner.TryScan(
            System.Text.Encoding.UTF8.GetBytes($$$"""{"usage":{"total_tokens":{{{total}}}}}"""), out var shape));
        return shape.Told;
    }
}
