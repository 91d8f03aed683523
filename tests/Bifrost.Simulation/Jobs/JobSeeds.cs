namespace Bifrost.Simulation.Jobs;

/// <summary>Runs seeds one after the other until one fails.</summary>
internal static class JobSeeds
{
    public static JobSeedsRun Run(int from, int count, JobFlaw flaw = JobFlaw.None)
    {
        var run = new JobSeedsRun();
        for (var seed = from; seed < from + count; seed++)
        {
            var world = new JobWorld(seed, flaw);
            try
            {
                world.Run();
            }
            catch (JobBrokenException e)
            {
                return run with
                {
                    Failure = $"seed {seed}: {e.Message}{Environment.NewLine}"
                        + $"repeat: dotnet run --project tests/Bifrost.Simulation -- --jobs --seeds 1 --from {seed}"
                        + (flaw == JobFlaw.None ? "" : $" --flaw {flaw}"),
                };
            }

            run = run with
            {
                Seeds = run.Seeds + 1,
                Jobs = run.Jobs + world.Jobs,
                Runs = run.Runs + world.Runs,
                Dropped = run.Dropped + world.Dropped,
                OldWords = run.OldWords + world.OldWords,
                LeasesLost = run.LeasesLost + world.LeasesLost,
                GivenBack = run.GivenBack + world.GivenBack,
                Completed = run.Completed + world.Completed,
                FailedJobs = run.FailedJobs + world.Failed,
                Cancelled = run.Cancelled + world.Cancelled,
                Transactions = run.Transactions + world.Transactions,
            };
        }

        return run;
    }
}

/// <summary>What seeds came to.</summary>
internal sealed record JobSeedsRun
{
    public int Seeds { get; init; }
    public long Jobs { get; init; }
    public long Runs { get; init; }
    public long Dropped { get; init; }
    public long OldWords { get; init; }
    public long LeasesLost { get; init; }
    public long GivenBack { get; init; }
    public long Completed { get; init; }
    public long FailedJobs { get; init; }
    public long Cancelled { get; init; }
    public long Transactions { get; init; }
    public string? Failure { get; init; }
    public bool Failed => Failure is not null;

    public override string ToString() =>
        $"{Seeds} seeds held: {Jobs} jobs, {Runs} runs, {LeasesLost} leases lost, {GivenBack} given back, {OldWords} words of an old fence, "
        + $"{Dropped} results dropped, {Completed} completed, {FailedJobs} failed, {Cancelled} cancelled, {Transactions} transactions"
        + (Failed ? $"{Environment.NewLine}FAILED {Failure}" : "");
}
