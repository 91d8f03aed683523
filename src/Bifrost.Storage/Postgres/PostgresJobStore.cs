using Bifrost.Jobs.Transactions;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Storage.Postgres;

/// <summary>Jobs on PostgreSQL; its clock is the server's.</summary>
internal sealed class PostgresJobStore(PostgresDatabase database, JobOptions options) : IJobStore, IAsyncDisposable
{
    private readonly PostgresJobGroup _group = new(database, options);

    // Up to where the sweeps have looked at keys; two at once look at some keys twice.
    private volatile string? _keysSeen;

    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel) => _group.FixPartitionsAsync(partitions, cancel);

    public Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel)
    {
        var packed = PackedSubmission.Of(submission, options);
        var key = packed.Submission.VirtualKeyId;
        var locks = PostgresJobLocks.Of(submission.JobId);
        locks.Keys.Add(key);
        if (packed.Submission.IdempotencyKey is { } used) locks.FirstUses.Add((key, used));
        return _group.RunAsync(locks, transaction => transaction.Submit(packed), packed.Body.Bytes.Length, cancel);
    }

    public Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancellationToken) =>
        database.RunAsync((connection, cancel) => PostgresJobReads.JobAsync(connection, jobId, virtualKeyId, cancel), cancellationToken);

    public async Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancellationToken) =>
        (await database.RunAsync((connection, cancel) => PostgresJobReads.RequestAsync(connection, jobId, cancel), cancellationToken))?.Unpack();

    public async Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancellationToken) =>
        (await database.RunAsync((connection, cancel) => PostgresJobReads.OutcomeAsync(connection, jobId, cancel), cancellationToken))?.Unpack();

    public async Task<JobOutcomeHead?> ReadOutcomeHeadAsync(Guid jobId, CancellationToken cancellationToken) =>
        (await database.RunAsync((connection, cancel) => PostgresJobReads.OutcomeHeadAsync(connection, jobId, cancel), cancellationToken))?.Head();

    public Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancellationToken) =>
        database.RunAsync((connection, cancel) => PostgresJobReads.DueAsync(connection, query, cancel), cancellationToken);

    public Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel) =>
        RunAsync(jobId, transaction => transaction.Lease(jobId, owner, seenFence), cancel);

    public Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel) =>
        _group.RunAsync(PostgresJobLocks.OfRow(jobId), transaction => transaction.Renew(jobId, fence), 0, cancel);

    public Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel)
    {
        var outcome = PackedOutcome.Of(end.Outcome, options);
        return RunAsync(jobId, transaction => transaction.End(jobId, end, outcome), cancel, outcome);
    }

    public Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel)
    {
        var refusal = PackedOutcome.Of(putBack.Refusal, options);
        return RunAsync(jobId, transaction => transaction.PutBack(jobId, putBack, refusal), cancel, refusal);
    }

    public Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        RunAsync(jobId, transaction => transaction.Cancel(jobId, virtualKeyId), cancel);

    public Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel) => RunAsync(jobId, transaction => transaction.Retry(jobId), cancel);

    public async Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancellationToken)
    {
        var late = await database.RunAsync(
            (connection, cancel) => PostgresJobReads.LateLeasesAsync(connection, options.SweepRowsMax, cancel), cancellationToken);
        if (late.IsEmpty) return [];
        var locks = new PostgresJobLocks();
        locks.Jobs.UnionWith(late);
        return await _group.RunAsync(locks, transaction => late.Select(transaction.LoseLease).OfType<JobRow>().ToImmutableArray(), 0, cancellationToken);
    }

    public Task<JobSweep> SweepAsync(CancellationToken cancellationToken) =>
        database.RunAsync(
            async (connection, cancel) =>
            {
                var swept = await PostgresJobSweep.RunAsync(connection, options, cancel);
                _keysSeen = await PostgresJobSweep.IdleKeysAsync(connection, _keysSeen, options.SweepRowsMax, cancel);
                return swept;
            },
            cancellationToken);

    public Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancellationToken) =>
        database.RunAsync((connection, cancel) => PostgresJobReads.ListAsync(connection, query, options.ListMax, cancel), cancellationToken);

    public Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancellationToken) =>
        database.RunAsync((connection, cancel) => PostgresJobReads.DepthsAsync(connection, keysMax, cancel), cancellationToken);

    public Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancellationToken) =>
        database.RunAsync((connection, cancel) => PostgresJobBacklog.ReadAsync(connection, ageKeysMax, cancel), cancellationToken);

    public Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancellationToken) =>
        database.RunAsync((connection, cancel) => PostgresJobReads.RunningAsync(connection, partition, cancel), cancellationToken);

    public ValueTask DisposeAsync() => _group.DisposeAsync();

    private Task<T> RunAsync<T>(Guid jobId, Func<JobTransaction, T> command, CancellationToken cancel, PackedOutcome? outcome = null) =>
        _group.RunAsync(PostgresJobLocks.Of(jobId), command, outcome?.Body.Bytes.Length ?? 0, cancel);
}
