namespace Bifrost.Simulation;

public sealed class SimulationTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    [InlineData(1_000)]
    [InlineData(1_500)]
    public void Holds_every_budget_and_finds_every_nano_dollar(int from)
    {
        var run = Seeds.Run(from, 500);
        Assert.False(run.Failed, run.ToString());
        Assert.True(run.HeldShort > run.Seeds, "too few calls were held below their need to show anything");
    }

    [Theory]
    [InlineData(nameof(LedgerFlaw.RefusalLeavesNoTombstone))]
    [InlineData(nameof(LedgerFlaw.CloseLeavesNoTombstone))]
    [InlineData(nameof(LedgerFlaw.NeverTrims))]
    [InlineData(nameof(LedgerFlaw.PostsAgain))]
    [InlineData(nameof(LedgerFlaw.SettlesIntoTheNextWindow))]
    [InlineData(nameof(LedgerFlaw.GrantsWhatItForgot))]
    [InlineData(nameof(LedgerFlaw.LosesABudgetChange))]
    [InlineData(nameof(LedgerFlaw.GrantsOneMoreThanIsFree))]
    [InlineData(nameof(LedgerFlaw.LeaveNeverArrives))]
    [InlineData(nameof(LedgerFlaw.LeaveForgetsItsHolds))]
    public void Notices_a_store_that_leaves_out_a_rule(string flaw)
    {
        var run = Seeds.Run(0, 1_000, Enum.Parse<LedgerFlaw>(flaw));
        Assert.True(run.Failed, $"{flaw} went unnoticed");
    }

    [Fact]
    public void Repeats_a_seed_exactly()
    {
        var one = Seeds.Run(42, 3);
        var two = Seeds.Run(42, 3);
        Assert.Equal(one, two);
    }
}
