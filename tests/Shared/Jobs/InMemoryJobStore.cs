using Bifrost.Jobs.Transactions;
using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Testing;

/// <summary>
/// A store of jobs without a database: commands are the product's own <see cref="JobTransaction"/> over rows in memory; queries count the
/// rows themselves, so that they check the transaction's counters. Every call is atomic and answers at once. Not thread-safe.
/// </summary>
internal sealed class InMemoryJobStore : IJobStore
{
    private readonly TimeProvider _time;
    private readonly JobOptions _options;
    private readonly InMemoryDeliveryStore _deliveries;
    private int? _partitions;

    public InMemoryJobStore(TimeProvider time, JobOptions? options = null)
    {
        (_time, _options) = (time, options ?? new JobOptions());
        _deliveries = new InMemoryDeliveryStore(Rows.Deliveries, time, _options);
    }

    public InMemoryJobRows Rows { get; } = new();

    public IJobDeliveryStore Deliveries => _deliveries;

    /// <summary>Whether the owner of a lease is known to run no more; a store of one process knows it of every other one.</summary>
    public Func<Guid?, bool> IsGone { get; set; } = static _ => false;

    private DateTimeOffset T => _time.GetUtcNow();

    private JobTransaction Transaction => new(Rows, T.ToUnixTimeMilliseconds(), _partitions ?? _options.Partitions, _options);

    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel) => Task.FromResult(_partitions ??= partitions);

    public Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel) =>
        Task.FromResult(Transaction.Submit(PackedSubmission.Of(submission, _options)));

    public Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        Task.FromResult(Find(jobId) is { } row && (virtualKeyId is null || virtualKeyId == row.VirtualKeyId) ? row : null);

    public Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancel) =>
        Task.FromResult(Find(jobId) is null ? null : Rows.Requests.GetValueOrDefault(jobId)?.Unpack());

    public Task<JobOutcomeHead?> ReadOutcomeHeadAsync(Guid jobId, CancellationToken cancel) =>
        Task.FromResult(Find(jobId) is null ? null : Rows.Outcomes.GetValueOrDefault(jobId)?.Head());

    public Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancel) =>
        Task.FromResult(Find(jobId) is null ? null : Rows.Outcomes.GetValueOrDefault(jobId)?.Unpack());

    public Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancel) => Task.FromResult(InMemoryJobReads.Due(Rows, query, T));

    public Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel) =>
        Task.FromResult(Transaction.Lease(jobId, owner, seenFence));

    public Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel) => Task.FromResult(Transaction.Renew(jobId, fence));

    public Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel) =>
        Task.FromResult(Transaction.End(jobId, end, PackedOutcome.Of(end.Outcome, _options)));

    public Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel) =>
        Task.FromResult(Transaction.PutBack(jobId, putBack, PackedOutcome.Of(putBack.Refusal, _options)));

    public Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        Task.FromResult(Transaction.Cancel(jobId, virtualKeyId));

    public Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel) => Task.FromResult(Transaction.Retry(jobId));

    public Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancel)
    {
        var late = Rows.Jobs.Values.Where(r => r.Status == JobStatus.Processing && (r.LeaseUntil <= T || IsGone(r.Owner)))
            .OrderBy(r => r.LeaseUntil).Take(_options.SweepRowsMax).ToList();
        return Task.FromResult(late.Select(r => Transaction.LoseLease(r.Id, IsGone)).OfType<JobRow>().ToImmutableArray());
    }

    public Task<JobSweep> SweepAsync(CancellationToken cancel)
    {
        var dead = Rows.Jobs.Values.Where(r => JobRules.IsExpired(r, T)).Take(_options.SweepRowsMax).ToList();
        dead.ForEach(Rows.Delete);
        var until = (T - _options.IdempotencyFor).ToUnixTimeMilliseconds();
        var keys = Rows.FirstUses.Where(use => use.Value.AtMs <= until && Find(use.Value.JobId) is null).Take(_options.SweepRowsMax).ToList();
        foreach (var (key, _) in keys) Rows.FirstUses.Remove(key);
        return Task.FromResult(new JobSweep(dead.Count, keys.Count, _deliveries.Sweep()));
    }

    public Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancel) =>
        Task.FromResult(InMemoryJobReads.List(Rows, query, _options, T));

    public Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancel) =>
        Task.FromResult(InMemoryJobReads.Depths(Rows, keysMax, T));

    public Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancel) =>
        Task.FromResult(InMemoryJobReads.Backlog(Rows, ageKeysMax, T));

    public Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancel) => Task.FromResult(
        Rows.Jobs.Values.Where(r => r.Partition == partition && r.Status == JobStatus.Processing).GroupBy(r => r.VirtualKeyId)
            .ToImmutableDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal));

    private JobRow? Find(Guid jobId) => Rows.Job(jobId) is { } row && !JobRules.IsExpired(row, T) ? row : null;
}
