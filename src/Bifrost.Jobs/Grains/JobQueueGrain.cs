using System.Globalization;
using Bifrost.Catalog.Model;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Microsoft.Extensions.Logging;
using Orleans.Dashboard;
using Orleans.Placement;

namespace Bifrost.Jobs.Grains;

/// <summary>
/// The due jobs of one partition (<see cref="JobQueue"/>). A queue that no runner asks costs nothing; the first partition also clears up for
/// all of them. The partitions are spread over the silos.
/// </summary>
[HashBasedPlacement, GrainType("job-queue"), NoProfiling]
internal sealed class JobQueueGrain(
    IJobStore store, ICatalog catalog, JobOptions options, TimeProvider time, ILogger<JobQueueGrain> log) : Grain, IJobQueueGrain
{
    // Set on activation.
    private JobQueue _queue = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var partition = int.Parse(this.GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture);
        _queue = new JobQueue(partition, store, catalog, GrainFactory, options, time, log);
        if (_queue.Sweeps)
            this.RegisterGrainTimer(_queue.SweepAsync, new GrainTimerCreationOptions(options.PumpEvery, options.PumpEvery) { Interleave = true });
        return Task.CompletedTask;
    }

    public Task<JobPullReply> Pull(JobPull pull) => _queue.PullAsync(pull);

    public Task Nudge(string virtualKeyId)
    {
        _queue.Nudge(virtualKeyId);
        return Task.CompletedTask;
    }

    public Task Done(JobDone done)
    {
        _queue.Done(done);
        return Task.CompletedTask;
    }
}
