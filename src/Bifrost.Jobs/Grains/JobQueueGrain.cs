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
/// The due jobs of one partition. It looks at the rows when it is asked for work, so a queue that nobody asks costs nothing; the first
/// partition also clears up for all of them.
/// </summary>
[GrainType("job-queue")]
internal sealed class JobQueueGrain(
    IJobStore store, ICatalog catalog, JobOptions options, TimeProvider time, ILogger<JobQueueGrain> log) : Grain, IJobQueueGrain
{
    /// <summary>Keys that one pull looks at one by one; the others' turn comes with the next pulls.</summary>
    private const int KeyLooksMax = 16;

    /// <summary>Steps of the walk over all keys in one pull.</summary>
    private const int WalksMax = 4;

    // Set on activation.
    private int _partition;
    private DueWindow _window = null!;
    private JobSweeper? _sweeper;
    private long? _countedAt;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _partition = int.Parse(this.GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture);
        _window = new DueWindow(options, RunningMax, time);
        if (_partition != 0) return Task.CompletedTask;
        _sweeper = new JobSweeper(store, options, time, log, ReturnedAsync);
        this.RegisterGrainTimer(_sweeper.RunAsync, new GrainTimerCreationOptions(options.PumpEvery, options.PumpEvery) { Interleave = true });
        return Task.CompletedTask;
    }

    public async Task<JobPullReply> Pull(JobPull pull)
    {
        var jobs = ImmutableArray.CreateBuilder<JobHandout>();
        var room = Math.Clamp(pull.Room, 0, options.RunningPerSiloMax);
        try
        {
            await CountAsync();
            for (var looks = 0; looks < KeyLooksMax && _window.NextKeyToLookAt() is { } key; looks++) await LookAsync(_window.QueryOf(_partition, key));
            for (var walks = 0; walks < WalksMax && _window.NextWalk(_partition) is { } walk; walks++) await LookAsync(walk);
        }
        catch (StoreUnavailableException e)
        {
            // What is in the window is handed out all the same: the lease is the store's word.
            Log.JobQueueBlind(log, _partition, e);
        }

        _window.HandOut(room, jobs);
        return new JobPullReply { Jobs = jobs.DrainToImmutable(), More = _window.HasMore() };
    }

    public Task Nudge(string virtualKeyId)
    {
        _window.Nudge(virtualKeyId);
        return Task.CompletedTask;
    }

    public Task Done(JobDone done)
    {
        _window.Done(done);
        return Task.CompletedTask;
    }

    private async Task LookAsync(JobDueQuery query) => _window.Take(query, await store.ReadDueAsync(query, CancellationToken.None));

    /// <summary>Other activations and processes hand out too, and some never report back: the rows say what runs.</summary>
    private async Task CountAsync()
    {
        if (_countedAt is { } at && time.GetElapsedTime(at) < options.SweepEvery) return;
        var sentAt = _window.Mark();
        _window.Count(await store.ReadRunningAsync(_partition, CancellationToken.None), sentAt);
        _countedAt = time.GetTimestamp();
    }

    private int RunningMax(string virtualKeyId)
    {
        // Beyond its own limit of calls in flight a key's jobs would only be refused.
        var key = catalog.Current.VirtualKeys.GetValueOrDefault(virtualKeyId);
        return key is { CallsInFlightMax: > 0 and var max } ? Math.Min(max, options.RunningPerKeyMax) : options.RunningPerKeyMax;
    }

    /// <summary>A lost lease was taken away: who asks for the job learns it, and its queue.</summary>
    private async Task ReturnedAsync(JobRow job)
    {
        await GrainFactory.GetGrain<IJobGrain>(JobIds.ToText(job.Id)).Changed();
        if (job.Status != JobStatus.Pending) return;
        if (job.Partition == _partition) _window.Nudge(job.VirtualKeyId);
        else await GrainFactory.GetGrain<IJobQueueGrain>(job.Partition.ToString(CultureInfo.InvariantCulture)).Nudge(job.VirtualKeyId);
    }
}
