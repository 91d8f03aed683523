using Bifrost.Jobs.Transactions;
using System.Collections.Concurrent;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Storage.Jobs;

namespace Bifrost.Storage.Sqlite;

/// <summary>Jobs on SQLite: commands on the writer's thread, several to one commit; reads beside it.</summary>
internal sealed class SqliteJobStore(SqliteDatabase database, JobOptions options) : IJobStore
{
    // Who has leased since the file was opened. The file is this process's alone: a lease of anybody else is one of a process that is gone.
    private readonly ConcurrentDictionary<Guid, bool> _owners = [];

    // Until a look has found none of those; there never come new ones.
    private volatile bool _mayHaveOldLeases = true;

    // Read once; no row of it ever changes.
    private int _partitions;

    // Up to where the sweeps have looked at keys; on the writer's thread.
    private string? _keysSeen;

    private DateTimeOffset Now => JobColumns.At(database.Clock.NowMs);

    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel) =>
        database.WriteAsync(session => FixPartitions(session, partitions), cancel);

    public Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel)
    {
        var packed = PackedSubmission.Of(submission, options);
        return RunAsync(transaction => transaction.Submit(packed), cancel);
    }

    public Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteJobReads.Job(session, jobId, virtualKeyId, Now), cancel);

    public async Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancel) =>
        (await database.ReadAsync(session => SqliteJobReads.Request(session, jobId, Now), cancel))?.Unpack();

    public async Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancel) =>
        (await database.ReadAsync(session => SqliteJobReads.Outcome(session, jobId, Now), cancel))?.Unpack();

    public async Task<JobOutcomeHead?> ReadOutcomeHeadAsync(Guid jobId, CancellationToken cancel) =>
        (await database.ReadAsync(session => SqliteJobReads.OutcomeHead(session, jobId, Now), cancel))?.Head();

    public Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteJobReads.Due(session, query, database.Clock.NowMs), cancel);

    public Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel)
    {
        _owners.TryAdd(owner, true);
        return RunAsync(transaction => transaction.Lease(jobId, owner, seenFence), cancel);
    }

    public Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel) => RunAsync(transaction => transaction.Renew(jobId, fence), cancel);

    public Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel)
    {
        var outcome = PackedOutcome.Of(end.Outcome, options);
        return RunAsync(transaction => transaction.End(jobId, end, outcome), cancel);
    }

    public Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel)
    {
        var refusal = PackedOutcome.Of(putBack.Refusal, options);
        return RunAsync(transaction => transaction.PutBack(jobId, putBack, refusal), cancel);
    }

    public Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        RunAsync(transaction => transaction.Cancel(jobId, virtualKeyId), cancel);

    public Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel) => RunAsync(transaction => transaction.Retry(jobId), cancel);

    public async Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancel)
    {
        if (_mayHaveOldLeases && await TakeOldLeasesAsync(cancel) is { IsEmpty: false } old) return old;

        // Mostly there are none, and then the writer is left alone.
        var late = await database.ReadAsync(session => SqliteJobReads.LateLeases(session, database.Clock.NowMs, options.SweepRowsMax), cancel);
        return late.IsEmpty ? [] : await RunAsync(transaction => late.Select(transaction.LoseLease).OfType<JobRow>().ToImmutableArray(), cancel);
    }

    public Task<JobSweep> SweepAsync(CancellationToken cancel) =>
        database.WriteAsync(
            session =>
            {
                var swept = SqliteJobSweep.Run(session, database.Clock.NowMs, options);
                _keysSeen = SqliteJobSweep.IdleKeys(session, _keysSeen, database.Clock.NowMs, options.SweepRowsMax);
                return swept;
            },
            cancel);

    public Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteJobReads.List(session, query, database.Clock.NowMs, options.ListMax), cancel);

    public Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteJobReads.Depths(session, keysMax, database.Clock.NowMs), cancel);

    public Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteJobBacklog.Read(session, ageKeysMax, database.Clock.NowMs), cancel);

    public Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancel) =>
        database.ReadAsync(session => SqliteJobReads.Running(session, partition), cancel);

    private async Task<ImmutableArray<JobRow>> TakeOldLeasesAsync(CancellationToken cancel)
    {
        var leases = await database.ReadAsync(SqliteJobReads.Leases, cancel);
        var old = leases.Where(lease => IsGone(lease.Owner)).Select(lease => lease.JobId).Take(options.SweepRowsMax).ToArray();
        if (old.Length > 0)
            return await RunAsync(transaction => old.Select(id => transaction.LoseLease(id, IsGone)).OfType<JobRow>().ToImmutableArray(), cancel);
        _mayHaveOldLeases = false;
        return [];
    }

    private bool IsGone(Guid? owner) => owner is not { } id || !_owners.ContainsKey(id);

    private Task<T> RunAsync<T>(Func<JobTransaction, T> command, CancellationToken cancel) => database.WriteAsync(
        session =>
        {
            if (_partitions == 0) _partitions = FixPartitions(session, options.Partitions);
            var rows = new SqliteJobRows(session);
            var result = command(new JobTransaction(rows, database.Clock.NowMs, _partitions, options));
            rows.Flush();
            return result;
        },
        cancel);

    private static int FixPartitions(SqliteSession session, int partitions)
    {
        session.Prepare("insert into job_setting (only_one, partitions) values (1, ?) on conflict do nothing").Bind(partitions).Run();
        var row = session.Prepare("select partitions from job_setting");
        row.Step();
        return row.Int(0);
    }
}
