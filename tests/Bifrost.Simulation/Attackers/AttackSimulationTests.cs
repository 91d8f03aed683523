namespace Bifrost.Simulation.Attackers;

public sealed class AttackSimulationTests
{
    [Fact]
    public void Spends_no_more_than_the_limits_whatever_callers_send_and_upstreams_tell()
    {
        var run = AttackSeeds.Run(0, 60);
        Assert.False(run.Failed, run.ToString());

        // What was to go wrong did.
        Assert.All(
            [run.Answered, run.Full, run.Left, run.Clamped, run.Estimated, run.Broken, run.HonestPaid],
            count => Assert.True(count > 5, run.ToString()));
    }

    [Theory]
    [InlineData(nameof(AttackFlaw.ToolsNotCounted))]
    [InlineData(nameof(AttackFlaw.CeilingNotApplied))]
    [InlineData(nameof(AttackFlaw.ChoicesForgotten))]
    [InlineData(nameof(AttackFlaw.TierForgotten))]
    [InlineData(nameof(AttackFlaw.ImagesFree))]
    [InlineData(nameof(AttackFlaw.FieldsPass))]
    [InlineData(nameof(AttackFlaw.LearnedRatioInHolds))]
    [InlineData(nameof(AttackFlaw.HoldsTheEstimate))]
    [InlineData(nameof(AttackFlaw.ClampNotSent))]
    [InlineData(nameof(AttackFlaw.CutShortByVisibleBytes))]
    [InlineData(nameof(AttackFlaw.ZerosOverwrite))]
    [InlineData(nameof(AttackFlaw.BrokenBoundIgnored))]
    [InlineData(nameof(AttackFlaw.RunsOnForgotten))]
    [InlineData(nameof(AttackFlaw.LosesEntries))]
    public void Notices_a_rule_that_is_left_out(string flaw)
    {
        var run = AttackSeeds.Run(0, 300, Enum.Parse<AttackFlaw>(flaw));
        Assert.True(run.Failed, $"{flaw} went unnoticed");
    }

    [Fact]
    public void Repeats_a_seed_exactly() => Assert.Equal(AttackSeeds.Run(42, 3), AttackSeeds.Run(42, 3));
}
