using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Windows;
using System.Collections.Frozen;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>What a call holds under a budget, far from its limit and near it. Input costs 1 nano-dollar a token, output 2.</summary>
public partial class HoldStepTests
{
    private const int Ceiling = 16_000;

    private static readonly ModelPrice s_model = new()
    {
        InputNanosPerMillion = 1_000_000,
        OutputNanosPerMillion = 2_000_000,
        OutputTokensMax = Ceiling,
        PromptTokensMax = 100_000,
        TokensPerByteMax = 1,
        SchemaFactorMax = 3,
    };

    [Fact]
    public async Task What_a_caller_leaves_unsaid_is_held_at_the_models_ceiling()
    {
        var rig = Budgeted();

        var ticket = await rig.AdmitAsync(rig.Request(outputTokensMax: 0));

        Assert.Equal(PromptOf(KeyRig.PromptBytes) + (2 * Ceiling), rig.Book.Holds[0].NeedNanos);
        Assert.Equal(rig.Book.Holds[0].NeedNanos, rig.Book.Holds[0].LeastNanos);
        Assert.Equal((0, false, Ceiling), (ticket.OutputTokensSent, ticket.Clamped, ticket.OutputTokensMax));
    }

    [Fact]
    public async Task Naming_more_than_the_ceiling_holds_the_ceiling()
    {
        var rig = Budgeted();

        await rig.AdmitAsync(rig.Request(outputTokensMax: 9_995_000));

        Assert.Equal(PromptOf(KeyRig.PromptBytes) + (2 * Ceiling), rig.Book.Holds[0].NeedNanos);
    }

    [Fact]
    public async Task Padding_teaches_nothing_that_is_held()
    {
        var rig = Budgeted();
        for (var i = 0; i < 16; i++)
        {
            var padded = await rig.AdmitAsync(rig.Request() with { Content = KeyRig.ContentOf(100_000) });
            await rig.SettleAsync(padded, tokens: 2_000);
        }

        await rig.AdmitAsync(rig.Request() with { Content = KeyRig.ContentOf(50_000) });

        Assert.True(rig.Book.Holds[^1].NeedNanos >= 50_000 + 200);
    }

    [Fact]
    public async Task A_limit_that_is_nowhere_named_is_sent()
    {
        var rig = Budgeted(s_model with { OutputTokensMax = null });

        var ticket = await rig.AdmitAsync(rig.Request(outputTokensMax: 0));

        Assert.Equal((16_384, false), (ticket.OutputTokensSent, ticket.Clamped));
    }

    [Fact]
    public async Task Near_a_limit_an_output_limit_that_nobody_named_is_lowered_and_sent()
    {
        var rig = Budgeted();
        rig.Book.Room = new ChainRoom(40_000, 0);
        rig.Book.Answer = request => new HoldReply(FakeBook.Lease, 20_000, null);

        var ticket = await rig.AdmitAsync(rig.Request(outputTokensMax: 0));

        var hold = rig.Book.Holds[0];
        Assert.Equal(PromptOf(KeyRig.PromptBytes) + (2 * 4_096), hold.LeastNanos);
        Assert.True(ticket.Clamped);
        Assert.InRange(ticket.OutputTokensSent, 4_096, Ceiling);
        Assert.True(PromptOf(KeyRig.PromptBytes) + (2 * ticket.OutputTokensSent) <= 20_000);
        Assert.Equal(20_000, ticket.BoundNanos);
        Assert.Equal(ticket.OutputTokensSent, ticket.Bound.CompletionTokens);
    }

    [Theory]
    [InlineData(ClampRule.Learned, 0, 0)]
    [InlineData(ClampRule.Learned, 7, 0)]
    [InlineData(ClampRule.Learned, 8, 1_280)]
    [InlineData(ClampRule.Any, 0, 4_096)]
    [InlineData(ClampRule.Unnamed, 8, 0)]
    [InlineData(ClampRule.Never, 8, 0)]
    public async Task A_limit_that_the_caller_named_is_lowered_by_the_rule_that_holds(ClampRule rule, int answers, int least)
    {
        var rig = Budgeted(settings: new GovernanceSettings { Clamp = rule });
        for (var i = 0; i < answers; i++) await Answer(rig, output: 100);
        rig.Book.Room = new ChainRoom(20_000, 0);
        rig.Book.Holds.Clear();

        await rig.AdmitAsync(rig.Request(outputTokensMax: 8_000));

        var expected = PromptOf(KeyRig.PromptBytes) + (2 * (least == 0 ? 8_000 : least));
        Assert.Equal(expected, rig.Book.Holds[0].LeastNanos);
    }

    [Theory]
    [InlineData(256, 4, 125)]
    [InlineData(257, 3, 100)]
    public async Task On_a_crowded_budget_each_call_may_be_given_less(int chains, int deviations, int namedPercent)
    {
        var rig = Budgeted();
        var learned = default(OutputLength);
        for (var i = 0; i < 8; i++)
        {
            var output = i % 2 == 0 ? 400 : 2_400;
            await Answer(rig, output);
            learned = learned.Learn(output, wasCut: false);
        }

        rig.Book.Room = new ChainRoom(20_000, 0) { Share = chains };
        rig.Book.Holds.Clear();

        await rig.AdmitAsync(rig.Request(outputTokensMax: 0));
        await rig.AdmitAsync(rig.Request(outputTokensMax: 15_000));

        var usual = learned.Mean + (deviations * learned.Deviation);
        Assert.Equal(PromptOf(KeyRig.PromptBytes) + (2 * usual), rig.Book.Holds[0].LeastNanos);
        Assert.Equal(PromptOf(KeyRig.PromptBytes) + (2 * (usual * namedPercent / 100)), rig.Book.Holds[1].LeastNanos);
    }

    [Fact]
    public async Task The_callers_own_word_on_lowering_holds()
    {
        var rig = Budgeted();
        rig.Book.Room = new ChainRoom(20_000, 0);

        await rig.AdmitAsync(rig.Request(outputTokensMax: 0) with { Clamp = ClampRule.Never });
        await rig.AdmitAsync(rig.Request(outputTokensMax: 8_000) with { Clamp = ClampRule.Any });

        Assert.Equal(rig.Book.Holds[0].NeedNanos, rig.Book.Holds[0].LeastNanos);
        Assert.True(rig.Book.Holds[1].LeastNanos < rig.Book.Holds[1].NeedNanos);
    }

    [Fact]
    public async Task When_waiting_cannot_help_the_limit_goes_down_to_the_floor_and_no_further()
    {
        var rig = Budgeted();
        var fits = PromptOf(KeyRig.PromptBytes) + (2 * 1_500);
        rig.Book.Answer = request => request.LeastNanos <= fits
            ? new HoldReply(FakeBook.Lease, fits, null)
            : new HoldReply(Guid.Empty, 0, new Refusal { Reason = RefusalReason.BudgetExceeded, Message = "Short." }) { FitsNanos = fits };

        var ticket = await rig.AdmitAsync(rig.Request(outputTokensMax: 0));
        fits = PromptOf(KeyRig.PromptBytes) + (2 * 900);
        var refusal = await rig.RefuseAsync(rig.Request(outputTokensMax: 0));

        Assert.Equal((1_500, true), (ticket.OutputTokensSent, ticket.Clamped));
        Assert.Equal(RefusalReason.BudgetExceeded, refusal.Reason);
        Assert.Contains("An output limit of 876 tokens would fit.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_only_the_floor_could_pay_does_not_wait_for_the_last_of_a_budget()
    {
        var rig = Budgeted();
        var left = PromptOf(KeyRig.PromptBytes) + (2 * 1_500);
        rig.Book.Answer = request => new HoldReply(
            Guid.Empty,
            0,
            new Refusal { Reason = request.LeastNanos <= left ? RefusalReason.BudgetHeld : RefusalReason.BudgetExceeded, Message = "Short." }) { FitsNanos = left };

        var refusal = await rig.RefuseAsync(rig.Request(outputTokensMax: 0));

        Assert.Equal(3, rig.Book.Holds.Count);
        Assert.Equal(RefusalReason.BudgetExceeded, refusal.Reason);
        Assert.Contains("An output limit of 1476 tokens would fit.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_whose_usual_answer_could_be_paid_waits_though_it_could_not_be_paid_as_asked()
    {
        var rig = Budgeted();
        var left = PromptOf(KeyRig.PromptBytes) + (2 * 5_000);
        rig.Book.Answer = request => new HoldReply(
            Guid.Empty,
            0,
            new Refusal { Reason = request.LeastNanos <= left ? RefusalReason.BudgetHeld : RefusalReason.BudgetExceeded, Message = "Short." }) { FitsNanos = left };

        Assert.Equal(RefusalReason.BudgetHeld, (await rig.RefuseAsync(rig.Request(outputTokensMax: 0))).Reason);
        Assert.Equal(2, rig.Book.Holds.Count);
    }

    [Fact]
    public async Task Waiting_helps_against_what_running_calls_hold()
    {
        var rig = Budgeted();
        rig.Book.Answer = _ => new HoldReply(Guid.Empty, 0, new Refusal { Reason = RefusalReason.BudgetHeld, Message = "Held." }) { FitsNanos = 4_000 };

        var refusal = await rig.RefuseAsync(rig.Request(outputTokensMax: 0));

        Assert.Equal(RefusalReason.BudgetHeld, refusal.Reason);
        Assert.Equal(2, rig.Book.Holds.Count);
        Assert.Equal(PromptOf(KeyRig.PromptBytes) + (2 * 4_096), rig.Book.Holds[1].LeastNanos);
    }

    [Fact]
    public async Task Near_a_limit_tokens_are_counted_where_a_tokenizer_is_known()
    {
        var rig = Budgeted(s_model with { Tokenizer = "o200k_base" });
        rig.Book.Room = new ChainRoom(5_000, 0);
        var request = rig.Request() with { MayCount = true };

        var first = await rig.Admission.AdmitAsync(request);
        var second = await rig.Admission.AdmitAsync(request with { MayCount = false, Counted = new CountedTokens { Text = 90, Schema = 0 } });

        Assert.Equal(("o200k_base", null, null), (first.CountWith, first.Ticket, first.Refusal));
        Assert.Single(rig.Book.Holds);
        Assert.Equal(64 + 16 + 90 + 200, rig.Book.Holds[0].NeedNanos);
        Assert.NotNull(second.Ticket);
    }

    [Fact]
    public async Task Far_from_a_limit_tokens_are_not_counted()
    {
        var rig = Budgeted(s_model with { Tokenizer = "o200k_base" });
        rig.Book.Room = new ChainRoom(10_000_000, 0);

        await rig.AdmitAsync(rig.Request() with { MayCount = true });
    }

    [Fact]
    public async Task A_budget_that_wants_an_estimate_holds_one_and_lowers_nothing()
    {
        var rig = Budgeted(admission: AdmissionRule.Estimate);
        rig.Book.Room = new ChainRoom(100, 0);

        var ticket = await rig.AdmitAsync(rig.Request(outputTokensMax: 100));

        Assert.Equal(KeyRig.PromptTokens + 200, rig.Book.Holds[0].NeedNanos);
        Assert.Equal(rig.Book.Holds[0].NeedNanos, rig.Book.Holds[0].LeastNanos);
        Assert.False(ticket.Clamped);
    }

    [Fact]
    public async Task Content_without_a_size_is_held_at_the_models_window_or_refused()
    {
        var known = Budgeted();
        var unknown = Budgeted(s_model with { PromptTokensMax = null });
        var content = KeyRig.ContentOf(100) with { UnsizedParts = 1 };

        await known.AdmitAsync(known.Request() with { Content = content });
        var refusal = await unknown.RefuseAsync(unknown.Request() with { Content = content });

        Assert.Equal(100_000 + 200, known.Book.Holds[0].NeedNanos);
        Assert.Equal(RefusalReason.UnboundedContent, refusal.Reason);
        Assert.Empty(unknown.Book.Holds);
    }

    [Fact]
    public async Task Fields_that_may_change_the_price_are_refused_under_a_budget_alone()
    {
        var rig = Budgeted();
        var free = new KeyRig();
        var content = KeyRig.ContentOf(100) with { OtherFields = ["web_search_options"] };

        var refusal = await rig.RefuseAsync(rig.Request() with { Content = content });
        await free.AdmitAsync(free.Request() with { Content = content });

        Assert.Equal(RefusalReason.FieldUnpriced, refusal.Reason);
        Assert.Contains("'web_search_options'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_tier_is_held_at_its_own_price_and_refused_without_one()
    {
        var rig = Budgeted(s_model with
        {
            ServiceTiers = [new ServiceTier("priority", s_model with { OutputNanosPerMillion = 20_000_000 })],
        });

        await rig.AdmitAsync(rig.Request() with { Content = KeyRig.ContentOf(100) with { ServiceTier = "priority" } });
        var refusal = await rig.RefuseAsync(rig.Request() with { Content = KeyRig.ContentOf(100) with { ServiceTier = "scale" } });

        Assert.Equal(PromptOf(100) + 2_000, rig.Book.Holds[0].NeedNanos);
        Assert.Equal(RefusalReason.FieldUnpriced, refusal.Reason);
    }

    private static long PromptOf(int bytes) => 64 + 16 + bytes;

    private static KeyRig Budgeted(ModelPrice? model = null, GovernanceSettings? settings = null, AdmissionRule admission = AdmissionRule.Bound)
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with
        {
            Budgets =
            [
                new Budget
                {
                    Id = "b",
                    LimitNanos = 1_000_000,
                    Period = new WindowPeriod(1, PeriodUnit.Day, CalendarAligned: false),
                    Admission = admission,
                },
            ],
        };
        rig.Publish(c => c with
        {
            Settings = settings ?? GovernanceSettings.Default,
            Prices = new Dictionary<string, ModelPrice> { ["p/m"] = model ?? s_model }.ToFrozenDictionary(StringComparer.Ordinal),
        });
        return rig;
    }

    private static async Task Answer(KeyRig rig, long output)
    {
        var ticket = await rig.AdmitAsync();
        await rig.Admission.SettleAsync(new Settlement
        {
            Ticket = ticket,
            Outcome = AttemptOutcome.Completed,
            Provider = "p",
            Model = "m",
            Usage = new TokenUsage { PromptTokens = 100, CompletionTokens = output },
            RequestId = "r",
        });
    }
}
