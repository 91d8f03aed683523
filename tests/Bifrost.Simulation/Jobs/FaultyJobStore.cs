using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Jobs;

/// <summary>What reaches the store, as the checks need to know it.</summary>
/// <param name="Name">Which method.</param>
/// <param name="JobId">Of which job; default: of none in particular.</param>
/// <param name="Fence">The fence that a runner's word carries; null: it is no runner's word.</param>
/// <param name="Reason">Why a job is put back.</param>
internal readonly record struct JobCommand(string Name, Guid JobId = default, long? Fence = null, JobPutBackReason? Reason = null);

/// <summary>The store behind a bad line: refused, hung, late, repeated, done without an answer.</summary>
internal sealed class FaultyJobStore(JobWorld world, JobSilo silo) : IJobStore
{
    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel) =>
        CallAsync(new("FixPartitions"), () => world.Database.FixPartitionsAsync(partitions, default));

    public Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel) =>
        CallAsync(new("Submit", submission.JobId), () => world.Database.SubmitAsync(submission, default));

    public Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        CallAsync(new("Read", jobId), () => world.Database.ReadAsync(jobId, virtualKeyId, default));

    public Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancel) =>
        CallAsync(new("ReadRequest", jobId), () => world.Database.ReadRequestAsync(jobId, default));

    public Task<JobOutcomeHead?> ReadOutcomeHeadAsync(Guid jobId, CancellationToken cancel) =>
        CallAsync(new("ReadOutcome", jobId), () => world.Database.ReadOutcomeHeadAsync(jobId, default));

    public Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancel) =>
        CallAsync(new("ReadOutcome", jobId), () => world.Database.ReadOutcomeAsync(jobId, default));

    public Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancel) =>
        CallAsync(new("ReadDue"), () => world.Database.ReadDueAsync(query, default));

    public Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel) =>
        CallAsync(new("Lease", jobId, seenFence), async () =>
        {
            var leased = await world.Database.LeaseAsync(jobId, owner, seenFence, default);
            if (world.Flaw == JobFlaw.ChargesNothing && leased.Result == JobLeaseResult.Leased) world.Database.Rows.Jobs[jobId] = leased.Row! with { Attempts = 0 };
            return leased;
        });

    public Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel) =>
        CallAsync(new("Renew", jobId, fence), () => world.Database.RenewAsync(jobId, Taken(jobId, fence), default));

    public Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel) =>
        CallAsync(new("End", jobId, end.Fence), () => world.Database.EndAsync(jobId, end with { Fence = Taken(jobId, end.Fence) }, default));

    public Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel) => CallAsync(
        new("PutBack", jobId, putBack.Fence, putBack.Reason),
        () => world.Database.PutBackAsync(jobId, putBack with { Fence = Taken(jobId, putBack.Fence) }, default));

    public Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        CallAsync(new("Cancel", jobId), () => world.Database.CancelAsync(jobId, virtualKeyId, default));

    public Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel) =>
        CallAsync(new("Retry", jobId), () => world.Database.RetryAsync(jobId, default));

    public Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancel) => world.Flaw == JobFlaw.LeavesLostLeases
        ? Task.FromResult<ImmutableArray<JobRow>>([])
        : CallAsync(new("ExpireLeases"), () => world.Database.ExpireLeasesAsync(default));

    public Task<JobSweep> SweepAsync(CancellationToken cancel) => CallAsync(new("Sweep"), () =>
    {
        var early = world.Flaw == JobFlaw.SweepsTooEarly ? world.Database.Rows.Jobs.Values.FirstOrDefault(row => row.IsEnded) : null;
        if (early is not null) world.Database.Rows.Jobs.Remove(early.Id);
        return world.Database.SweepAsync(default);
    });

    public Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancel) => throw new NotSupportedException("Nobody lists.");

    public Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancel) => throw new NotSupportedException("Nobody counts.");

    public Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancel) => throw new NotSupportedException("Nobody counts.");

    public Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancel) =>
        CallAsync(new("ReadRunning"), () => world.Database.ReadRunningAsync(partition, default));

    /// <summary>Passes the line without the jobs' store at its end: the ledger is behind the same one.</summary>
    public async Task PassAsync(Action durable) => await CallAsync(new("Post"), () =>
    {
        durable();
        return Task.FromResult(true);
    });

    private long Taken(Guid jobId, long fence) =>
        world.Flaw == JobFlaw.FenceIgnored && world.Database.Rows.Jobs.TryGetValue(jobId, out var row) ? row.Fence : fence;

    private async Task<T> CallAsync<T>(JobCommand command, Func<Task<T>> transaction)
    {
        var random = world.Random;
        Away(silo.Dead || silo.CutOff || world.CrashesNow(silo));
        var dice = random.NextDouble();
        var (refused, hung) = silo.Weather switch
        {
            Weather.Rough => (0.08, 0.05),
            Weather.Outage => (0.6, 0.4),
            _ => (0.0, 0.0),
        };
        if (dice < refused)
        {
            await Task.Delay(world.Ms(0, 5), world.Clock);
            Away(true);
        }

        if (dice < refused + hung)
        {
            // A command has a time limit; the store may have begun it all the same.
            if (random.NextDouble() < 0.5) Later(command, transaction);
            await Task.Delay(world.Ms(1_000, 15_000), world.Clock);
            Away(true);
        }

        await Task.Delay(Latency(), world.Clock);
        Away(silo.Dead || world.CrashesNow(silo));
        var reply = world.Transact(command, transaction);
        if (silo.Weather != Weather.Calm && random.NextDouble() < 0.1) Later(command, transaction);
        Away(world.CrashesNow(silo));
        Away(silo.Weather == Weather.Rough && random.NextDouble() < 0.1);
        await Task.Delay(Latency(), world.Clock);
        Away(silo.Dead || world.CrashesNow(silo));
        return reply;
    }

    /// <summary>The same command reaches the store once more, or at last, when nobody waits for it.</summary>
    private void Later<T>(JobCommand command, Func<Task<T>> transaction) =>
        world.Clock.After(world.Ms(0, JobWorld.LateMsMax), () => world.Transact(command, transaction));

    private TimeSpan Latency() => silo.Weather switch
    {
        Weather.Calm => world.Ms(0, 3),
        Weather.Slow => world.Ms(300, 8_000),
        _ => world.Ms(0, 400),
    };

    private static void Away(bool away)
    {
        if (away) throw new StoreUnavailableException("The store is away.", null);
    }
}
