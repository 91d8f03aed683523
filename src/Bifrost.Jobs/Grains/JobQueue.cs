using System.Collections.Immutable;
using System.Globalization;
using Bifrost.Catalog.Model;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Jobs.Grains;

/// <summary>
/// The window of one partition's due jobs and its upkeep: it looks at the rows when it is asked for work. For one activation's turns;
/// only <see cref="SweepAsync"/> may run beside them.
/// </summary>
/// <param name="partition">Its number.</param>
/// <param name="store">Where the rows are.</param>
/// <param name="catalog">Tells how many calls a key may have in flight.</param>
/// <param name="grains">Reaches the jobs whose leases were taken away, and their queues.</param>
/// <param name="options">Sizes and times.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The log.</param>
internal sealed class JobQueue(
    int partition, IJobStore store, ICatalog catalog, IGrainFactory grains, JobOptions options, TimeProvider time, ILogger log)
{
    /// <summary>Keys that one pull looks at one by one; the others' turn comes with the next pulls.</summary>
    private const int KeyLooksMax = 16;

    /// <summary>Steps of the walk over all keys in one pull.</summary>
    private const int WalksMax = 4;

    private readonly DueWindow _window = new(options, key => RunningMax(catalog, options, key), time);
    private JobSweeper? _sweeper;
    private long? _countedAt;

    /// <summary>True for the first partition, which clears up for all of them.</summary>
    public bool Sweeps => partition == 0;

    /// <summary>Keys in memory.</summary>
    public int LanesKept => _window.LanesKept;

    public async Task<JobPullReply> PullAsync(JobPull pull)
    {
        var jobs = ImmutableArray.CreateBuilder<JobHandout>();
        // The runner's own room: its silo may run more jobs than the one that this partition lives on.
        var room = Math.Max(pull.Room, 0);
        try
        {
            await CountAsync();
            for (var looks = 0; looks < KeyLooksMax && _window.NextKeyToLookAt() is { } key; looks++) await LookAsync(_window.QueryOf(partition, key));
            for (var walks = 0; walks < WalksMax && _window.NextWalk(partition) is { } walk; walks++) await LookAsync(walk);
        }
        catch (StoreUnavailableException e)
        {
            // What is in the window is handed out all the same: the lease is the store's word.
            Log.JobQueueBlind(log, partition, e);
        }

        _window.HandOut(room, jobs);
        return new JobPullReply { Jobs = jobs.DrainToImmutable(), More = _window.HasMore() };
    }

    public void Nudge(string virtualKeyId) => _window.Nudge(virtualKeyId);

    public void Done(JobDone done) => _window.Done(done);

    /// <summary>Takes lost leases away and deletes what has expired, of all partitions. For one call at a time.</summary>
    public Task SweepAsync() => (_sweeper ??= new JobSweeper(store, options, time, log, ReturnedAsync)).RunAsync();

    private async Task LookAsync(JobDueQuery query) => _window.Take(query, await store.ReadDueAsync(query, CancellationToken.None));

    /// <summary>Other activations and processes hand out too, and some never report back: the rows say what runs.</summary>
    private async Task CountAsync()
    {
        if (_countedAt is { } at && time.GetElapsedTime(at) < options.SweepEvery) return;
        var sentAt = _window.Mark();
        _window.Count(await store.ReadRunningAsync(partition, CancellationToken.None), sentAt);
        _countedAt = time.GetTimestamp();
    }

    private static int RunningMax(ICatalog catalog, JobOptions options, string virtualKeyId)
    {
        // Beyond its own limit of calls in flight a key's jobs would only be refused.
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(virtualKeyId);
        return key is { CallsInFlightMax: > 0 and var max } ? Math.Min(max, options.RunningPerKeyMax) : options.RunningPerKeyMax;
    }

    /// <summary>A lost lease was taken away: who asks for the job learns it, and its queue.</summary>
    private async Task ReturnedAsync(JobRow job)
    {
        await grains.GetGrain<IJobGrain>(JobIds.ToText(job.Id)).Changed();
        if (job.Status != JobStatus.Pending) return;
        if (job.Partition == partition) _window.Nudge(job.VirtualKeyId);
        else await grains.GetGrain<IJobQueueGrain>(job.Partition.ToString(CultureInfo.InvariantCulture)).Nudge(job.VirtualKeyId);
    }
}
