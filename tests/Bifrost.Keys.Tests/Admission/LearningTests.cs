using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Tests.Admission;

public class LearningTests
{
    [Fact]
    public async Task Estimates_come_closer_to_what_a_model_reports()
    {
        var rig = new KeyRig();
        var first = await rig.AdmitAsync();
        await rig.SettleAsync(first, tokens: 92);
        for (var i = 0; i < 40; i++) await rig.SettleAsync(await rig.AdmitAsync(), tokens: 92);

        var learned = (await rig.AdmitAsync()).Estimate.PromptTokens;

        Assert.Equal(KeyRig.PromptTokens, first.Estimate.PromptTokens);
        // A quarter token a byte, never below what is reported.
        Assert.InRange(learned, 92, 130);
        Assert.Equal(KeyRig.PromptTokens, (await rig.AdmitAsync(rig.Request("q"))).Estimate.PromptTokens);
    }

    [Fact]
    public async Task Estimated_usage_teaches_nothing()
    {
        var rig = new KeyRig();
        for (var i = 0; i < 5; i++) await rig.SettleAsync(await rig.AdmitAsync(), tokens: 20, estimated: true);

        Assert.Equal(KeyRig.PromptTokens, (await rig.AdmitAsync()).Estimate.PromptTokens);
    }

    [Fact]
    public void The_model_unused_for_longest_is_forgotten_first()
    {
        var models = new LearnedModels(2);
        Learn("a", 1_000);
        Learn("b", 1_000);
        Learn("a", 2_000);
        Learn("c", 1_000);

        Assert.Equal(["p/a", "p/c"], models.All.Select(r => r.Key).Order());
        Assert.Equal(default, models.Of("p/b"));

        void Learn(string model, long tokens) => models.Learn(new Settlement
        {
            Ticket = new Ticket { AttemptId = default, VirtualKeyId = "vk" },
            Outcome = AttemptOutcome.Completed,
            Provider = "p",
            Model = model,
            Usage = new TokenUsage { CompletionTokens = tokens },
            RequestId = "r",
        });
    }

    [Fact]
    public async Task A_snapshot_carries_windows_and_ratios_to_the_next_activation()
    {
        var old = new KeyRig();
        old.Key = old.Key with { RateLimit = KeyRig.PerMinute(requests: 2, tokens: 10_000) };
        await old.SettleAsync(await old.AdmitAsync(), tokens: 92);
        await old.SettleAsync(await old.AdmitAsync(), tokens: 92);
        var next = new KeyRig { Key = old.Key };

        next.Admission.Merge(old.Admission.Snapshot());
        next.Admission.Merge(old.Admission.Snapshot());

        Assert.Equal((2, 184), next.Counted());
        Assert.Equal(RefusalReason.RequestLimited, (await next.RefuseAsync()).Reason);
        next.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await next.AdmitAsync()).Estimate.PromptTokens < KeyRig.PromptTokens);
    }

    [Fact]
    public async Task Of_two_counts_of_one_window_the_larger_wins_and_of_two_windows_the_later()
    {
        var (rig, other, later) = (Limited(), Limited(), Limited());
        later.Time.Advance(TimeSpan.FromMinutes(1));
        await rig.AdmitAsync();
        await rig.AdmitAsync();
        await other.AdmitAsync();
        await later.AdmitAsync();

        rig.Admission.Merge(other.Admission.Snapshot());
        Assert.Equal(2, rig.Counted().Requests);
        other.Admission.Merge(rig.Admission.Snapshot());
        Assert.Equal(2, other.Counted().Requests);
        rig.Admission.Merge(later.Admission.Snapshot());
        Assert.Equal(1, rig.Counted().Requests);
        later.Admission.Merge(other.Admission.Snapshot());
        Assert.Equal(1, later.Counted().Requests);

        static KeyRig Limited()
        {
            var rig = new KeyRig();
            rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requests: 9) };
            return rig;
        }
    }
}
