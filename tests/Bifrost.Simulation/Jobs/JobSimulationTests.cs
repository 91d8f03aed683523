namespace Bifrost.Simulation.Jobs;

public sealed class JobSimulationTests
{
    [Fact]
    public void Ends_every_job_once_and_keeps_it_for_its_time()
    {
        var run = JobSeeds.Run(0, 100);
        Assert.False(run.Failed, run.ToString());

        // What was to go wrong did.
        Assert.All([run.LeasesLost, run.GivenBack, run.OldWords, run.Dropped, run.FailedJobs, run.Cancelled], count => Assert.True(count > 0, run.ToString()));
    }

    [Theory]
    [InlineData(nameof(JobFlaw.FenceIgnored))]
    [InlineData(nameof(JobFlaw.CompletesBeforePost))]
    [InlineData(nameof(JobFlaw.LeavesLostLeases))]
    [InlineData(nameof(JobFlaw.TakesLeasesOfTheUnheard))]
    [InlineData(nameof(JobFlaw.RunsOnWithoutLease))]
    [InlineData(nameof(JobFlaw.SweepsTooEarly))]
    [InlineData(nameof(JobFlaw.ChargesNothing))]
    public void Notices_a_rule_that_is_left_out(string flaw)
    {
        var run = JobSeeds.Run(0, 100, Enum.Parse<JobFlaw>(flaw));
        Assert.True(run.Failed, $"{flaw} went unnoticed");
    }

    [Fact]
    public void Repeats_a_seed_exactly() => Assert.Equal(JobSeeds.Run(42, 3), JobSeeds.Run(42, 3));
}
