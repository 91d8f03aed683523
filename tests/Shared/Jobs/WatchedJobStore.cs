using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>A store that answers at once, for many threads at once. It counts calls by name, and can be away.</summary>
internal sealed class WatchedJobStore(IJobStore inner) : IJobStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _calls = new(StringComparer.Ordinal);
    private bool _away;

    /// <summary>While it is set nothing is done and every call fails.</summary>
    public bool Away
    {
        get
        {
            lock (_gate) return _away;
        }

        set
        {
            lock (_gate) _away = value;
        }
    }

    public int CallsOf(string method)
    {
        lock (_gate) return _calls.GetValueOrDefault(method);
    }

    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancel) => Do(s => s.FixPartitionsAsync(partitions, cancel), "FixPartitions");

    public Task<JobSubmitted> SubmitAsync(JobSubmission submission, CancellationToken cancel) => Do(s => s.SubmitAsync(submission, cancel), "Submit");

    public Task<JobRow?> ReadAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) => Do(s => s.ReadAsync(jobId, virtualKeyId, cancel), "Read");

    public Task<JobRequest?> ReadRequestAsync(Guid jobId, CancellationToken cancel) => Do(s => s.ReadRequestAsync(jobId, cancel), "ReadRequest");

    public Task<JobOutcomeHead?> ReadOutcomeHeadAsync(Guid jobId, CancellationToken cancel) => Do(s => s.ReadOutcomeHeadAsync(jobId, cancel), "ReadOutcome");

    public Task<JobOutcome?> ReadOutcomeAsync(Guid jobId, CancellationToken cancel) => Do(s => s.ReadOutcomeAsync(jobId, cancel), "ReadOutcome");

    public Task<JobWindow> ReadDueAsync(JobDueQuery query, CancellationToken cancel) => Do(s => s.ReadDueAsync(query, cancel), "ReadDue");

    public Task<JobLeased> LeaseAsync(Guid jobId, Guid owner, long seenFence, CancellationToken cancel) =>
        Do(s => s.LeaseAsync(jobId, owner, seenFence, cancel), "Lease");

    public Task<JobStep?> RenewAsync(Guid jobId, long fence, CancellationToken cancel) => Do(s => s.RenewAsync(jobId, fence, cancel), "Renew");

    public Task<JobStep?> EndAsync(Guid jobId, JobEnd end, CancellationToken cancel) => Do(s => s.EndAsync(jobId, end, cancel), "End");

    public Task<JobStep?> PutBackAsync(Guid jobId, JobPutBack putBack, CancellationToken cancel) => Do(s => s.PutBackAsync(jobId, putBack, cancel), "PutBack");

    public Task<JobStep?> CancelAsync(Guid jobId, string? virtualKeyId, CancellationToken cancel) => Do(s => s.CancelAsync(jobId, virtualKeyId, cancel), "Cancel");

    public Task<JobStep?> RetryAsync(Guid jobId, CancellationToken cancel) => Do(s => s.RetryAsync(jobId, cancel), "Retry");

    public Task<ImmutableArray<JobRow>> ExpireLeasesAsync(CancellationToken cancel) => Do(s => s.ExpireLeasesAsync(cancel), "ExpireLeases");

    public Task<JobSweep> SweepAsync(CancellationToken cancel) => Do(s => s.SweepAsync(cancel), "Sweep");

    public Task<ImmutableArray<JobRow>> ListAsync(JobListQuery query, CancellationToken cancel) => Do(s => s.ListAsync(query, cancel), "List");

    public Task<ImmutableArray<JobDepth>> ReadDepthsAsync(int keysMax, CancellationToken cancel) => Do(s => s.ReadDepthsAsync(keysMax, cancel), "ReadDepths");

    public Task<JobBacklog> ReadBacklogAsync(int ageKeysMax, CancellationToken cancel) => Do(s => s.ReadBacklogAsync(ageKeysMax, cancel), "ReadBacklog");

    public Task<ImmutableDictionary<string, int>> ReadRunningAsync(int partition, CancellationToken cancel) =>
        Do(s => s.ReadRunningAsync(partition, cancel), "ReadRunning");

    // The inner store answers at once, so the whole call stands under the lock.
    private Task<T> Do<T>(Func<IJobStore, Task<T>> call, string name)
    {
        lock (_gate)
        {
            _calls[name] = _calls.GetValueOrDefault(name) + 1;
            return _away ? Task.FromException<T>(new StoreUnavailableException("The store is away.", null)) : call(inner);
        }
    }
}
