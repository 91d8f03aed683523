using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Testing;

/// <summary>The reference store of jobs: plain dictionaries, every call atomic. Real stores are held to the same tests.</summary>
internal sealed partial class ModelJobStore(TimeProvider time, JobOptions? options = null) : IJobStore
{
    private readonly JobOptions _options = options ?? new JobOptions();
    private readonly Dictionary<(string Key, string Idempotency), (byte[] Hash, Guid JobId, DateTimeOffset At)> _idempotency = [];
    private readonly Dictionary<string, DateTimeOffset> _pauses = new(StringComparer.Ordinal);
    private int? _partitions;

    public SortedDictionary<Guid, JobRow> Rows { get; } = [];
    public Dictionary<Guid, JobRequest> Requests { get; } = [];
    public Dictionary<Guid, JobOutcome> Outcomes { get; } = [];

    /// <summary>Whether the owner of a lease is known to run no more; a store of one process knows it of every other one.</summary>
    public Func<Guid?, bool> IsGone { get; set; } = static _ => false;

    private DateTimeOffset T => time.GetUtcNow();

    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel) => Task.FromResult(_partitions ??= partitions);

    public Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel) => Task.FromResult(Submit(submission));

    public Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) => Task.FromResult(Find(jobId, virtualKeyId));

    public Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancel) =>
        Task.FromResult(Find(jobId) is null ? null : Requests.GetValueOrDefault(jobId));

    public Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancel) =>
        Task.FromResult(Find(jobId) is null ? null : Outcomes.GetValueOrDefault(jobId));

    public Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancel)
    {
        var jobs = ImmutableArray.CreateBuilder<DueJob>();
        TimeSpan? nextDueIn = null;
        var keys = Rows.Values.Where(r => r.Partition == query.Partition && r.Status == JobStatus.Pending).GroupBy(r => r.VirtualKeyId)
            .Where(g => query.OnlyKey is { } only ? g.Key == only : query.AfterKey is null || string.CompareOrdinal(g.Key, query.AfterKey) > 0)
            .OrderBy(g => g.Key, StringComparer.Ordinal).Take(query.KeysMax + 1).ToList();
        foreach (var key in keys.Take(query.KeysMax))
        {
            var queue = key.OrderBy(r => r.NotBefore).ThenBy(r => r.Id.ToString(), StringComparer.Ordinal).ToList();
            var due = _pauses.GetValueOrDefault(key.Key) is var pause && pause > T ? [] : queue.Where(r => r.NotBefore <= T).Take(query.JobsPerKeyMax).ToList();
            foreach (var row in due) jobs.Add(new DueJob(row.Id, row.VirtualKeyId, row.Fence));
            if (due.Count > 0) continue;
            var wait = (pause > queue[0].NotBefore ? pause : queue[0].NotBefore) - T;
            if (nextDueIn is null || wait < nextDueIn) nextDueIn = wait;
        }

        var more = keys.Count > query.KeysMax && query.OnlyKey is null;
        return Task.FromResult(new JobWindow
        {
            Jobs = jobs.ToImmutable(), NextAfterKey = more ? keys[query.KeysMax - 1].Key : null, NextDueIn = nextDueIn,
        });
    }

    public Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel)
    {
        if (Find(jobId) is not { } row) return Task.FromResult(new JobLeased(JobLeaseResult.Lost, null, default));
        var step = JobRules.Lease(row, owner, seenFence, T, _options);
        if (!step.Won) return Task.FromResult(new JobLeased(JobLeaseResult.Lost, row, default));
        if (!ReferenceEquals(step.Row, row) && Running(row.VirtualKeyId) >= _options.RunningPerKeyMax)
            return Task.FromResult(new JobLeased(JobLeaseResult.KeyBusy, row, default));
        Rows[jobId] = step.Row;
        return Task.FromResult(new JobLeased(JobLeaseResult.Leased, step.Row, step.Row.LeaseUntil!.Value - T));
    }

    public Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel) =>
        Task.FromResult(Step(jobId, row => JobRules.Renew(row, fence, T, _options)));

    public Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel) => Task.FromResult(
        Step(jobId, row => JobRules.End(row, end.Fence, end.Status, end.Outcome?.StatusCode ?? 0, end.Error, T), end.Outcome));

    public Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel)
    {
        var changed = false;
        var step = Step(
            jobId,
            row =>
            {
                var made = JobRules.PutBack(
                    row, putBack.Fence, putBack.Reason, TimeSpan.FromMilliseconds(putBack.DelayMs), putBack.Refusal?.StatusCode ?? 500, putBack.Error, T, _options);
                changed = !ReferenceEquals(made.Row, row);
                return made;
            },
            putBack.Refusal);
        if (changed && putBack.KeyDelayMs > 0) Pause(step!.Value.Row.VirtualKeyId, putBack.KeyDelayMs);
        return Task.FromResult(step);
    }

    public Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) =>
        Task.FromResult(Find(jobId, virtualKeyId) is null ? null : Step(jobId, row => JobRules.Cancel(row, T)));

    public Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel)
    {
        var step = Step(jobId, row => JobRules.Retry(row, T));
        if (step is { Won: true }) Outcomes.Remove(jobId);
        return Task.FromResult(step);
    }

    public Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancel)
    {
        var late = Rows.Values.Where(r => r.Status == JobStatus.Processing && (r.LeaseUntil <= T || IsGone(r.Owner)))
            .OrderBy(r => r.LeaseUntil).Take(_options.SweepRowsMax).ToList();
        return Task.FromResult(late.Select(r => Step(r.Id, row => JobRules.LoseLease(row, T, _options, IsGone(row.Owner)))!.Value.Row).ToImmutableArray());
    }

    public Task<JobSweep> SweepAsync(CancellationToken cancel)
    {
        var dead = Rows.Values.Where(r => JobRules.IsExpired(r, T)).Take(_options.SweepRowsMax).ToList();
        foreach (var row in dead)
        {
            Rows.Remove(row.Id);
            Requests.Remove(row.Id);
            Outcomes.Remove(row.Id);
        }

        var keys = _idempotency.Where(i => i.Value.At + _options.IdempotencyFor <= T && Find(i.Value.JobId) is null).Take(_options.SweepRowsMax).ToList();
        foreach (var (key, _) in keys) _idempotency.Remove(key);
        return Task.FromResult(new JobSweep(dead.Count, keys.Count, SweepDeliveries()));
    }

    public Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancel) => Task.FromResult(Rows.Values.Reverse()
        .Where(r => !JobRules.IsExpired(r, T) && (query.VirtualKeyId is null || r.VirtualKeyId == query.VirtualKeyId)
            && (query.Status is null || r.Status == query.Status) && !(r.CreatedAt < query.From) && !(r.CreatedAt >= query.To)
            && (query.Before is null || r.Id.CompareTo(query.Before.Value) < 0))
        .Take(Math.Clamp(query.CountMax, 1, _options.ListMax)).ToImmutableArray());

    public Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancel) => Task.FromResult(
        Rows.Values.Where(r => !r.IsEnded).GroupBy(r => (r.Partition, r.VirtualKeyId)).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key.VirtualKeyId, StringComparer.Ordinal).Take(keysMax)
            .Select(g => new JobDepth(
                g.Key.Partition, g.Key.VirtualKeyId, g.Count(r => r.Status == JobStatus.Pending), g.Count(r => r.Status == JobStatus.Processing),
                g.Sum(r => (long)r.BodyBytes), g.Where(r => r.Status == JobStatus.Pending).OrderBy(r => r.NotBefore).ThenBy(r => r.Id).Select(r => (TimeSpan?)(T - r.CreatedAt)).FirstOrDefault(),
                _pauses.GetValueOrDefault(g.Key.VirtualKeyId) is var pause && pause > T ? pause - T : TimeSpan.Zero))
            .ToImmutableArray());

    public Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancel)
    {
        var open = Rows.Values.Where(r => !r.IsEnded).ToList();
        var queues = open.GroupBy(r => r.VirtualKeyId).Select(g => (Key: g.Key, Count: g.Count(), Pending: g.Where(r => r.Status == JobStatus.Pending).ToList()))
            .Where(q => q.Pending.Count > 0).OrderByDescending(q => q.Count).ThenBy(q => q.Key, StringComparer.Ordinal).ToList();
        var heads = queues.Take(ageKeysMax).Select(q => q.Pending.OrderBy(r => r.NotBefore).ThenBy(r => r.Id).First())
            .Concat(open.Where(r => r.Status == JobStatus.Pending).OrderBy(r => r.Id).Take(1)).ToList();
        var partitions = open.GroupBy(r => r.Partition).OrderBy(g => g.Key).Select(g => new JobPartitionDepth(
            g.Key, g.Select(r => r.VirtualKeyId).Distinct().Count(), g.Count(r => r.Status == JobStatus.Pending),
            g.Count(r => r.Status == JobStatus.Processing), g.Sum(r => (long)r.BodyBytes),
            heads.Where(r => r.Partition == g.Key).Max(r => (TimeSpan?)(T - r.CreatedAt))));
        return Task.FromResult(new JobBacklog([.. partitions], Math.Max(0, queues.Count - ageKeysMax)));
    }

    public Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancel) => Task.FromResult(
        Rows.Values.Where(r => r.Partition == partition && r.Status == JobStatus.Processing).GroupBy(r => r.VirtualKeyId)
            .ToImmutableDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal));

    private JobSubmitted Submit(JobSubmission submission)
    {
        if (Rows.TryGetValue(submission.JobId, out var known)) return new JobAccepted(known);
        if (submission.IdempotencyKey is { } text && _idempotency.TryGetValue((submission.VirtualKeyId, text), out var first)
            && (first.At + _options.IdempotencyFor > T || Find(first.JobId) is not null))
            return submission.BodyHash.Span.SequenceEqual(first.Hash) ? new JobSame(first.JobId) : new JobIdempotencyConflict(first.JobId);
        var open = Rows.Values.Where(r => r.VirtualKeyId == submission.VirtualKeyId && !r.IsEnded).ToList();
        var bytes = open.Sum(r => (long)r.BodyBytes);
        if (open.Count >= _options.QueuedPerKeyMax) return new JobQueueFull(JobQueueLimit.Jobs, _options.QueuedPerKeyMax, open.Count);
        if (bytes + submission.Body.Length > _options.QueuedBytesPerKeyMax) return new JobQueueFull(JobQueueLimit.Bytes, _options.QueuedBytesPerKeyMax, bytes);
        var row = JobRules.New(submission, T, _partitions ?? _options.Partitions);
        Rows.Add(row.Id, row);
        Requests.Add(row.Id, new JobRequest(submission.Call, submission.Body.ToArray()));
        if (submission.IdempotencyKey is { } key) _idempotency[(submission.VirtualKeyId, key)] = (submission.BodyHash.ToArray(), row.Id, T);
        return new JobAccepted(row);
    }

    private JobRow? Find(Guid jobId, string? virtualKeyId = null) =>
        Rows.GetValueOrDefault(jobId) is { } row && !JobRules.IsExpired(row, T) && (virtualKeyId is null || virtualKeyId == row.VirtualKeyId) ? row : null;

    private JobStep? Step(Guid jobId, Func<JobRow, JobStep> rule, JobOutcome? outcome = null)
    {
        if (Find(jobId) is not { } row) return null;
        var step = rule(row);
        if (ReferenceEquals(step.Row, row)) return step;
        Rows[jobId] = step.Row;
        step = step with { Changed = true };
        if (!step.Row.IsEnded || row.IsEnded) return step;
        if (outcome is not null && step.Row.Status != JobStatus.Cancelled) Outcomes[jobId] = outcome;
        if (JobDeliveryRules.Of(step.Row) is { } delivery) Deliveries.Add(delivery.Id, delivery);
        return step;
    }

    private int Running(string virtualKeyId) => Rows.Values.Count(r => r.VirtualKeyId == virtualKeyId && r.Status == JobStatus.Processing);

    private void Pause(string virtualKeyId, long delayMs)
    {
        var until = T.AddMilliseconds(Math.Min(delayMs, (long)_options.WaitMax.TotalMilliseconds));
        if (until > _pauses.GetValueOrDefault(virtualKeyId)) _pauses[virtualKeyId] = until;
    }
}
