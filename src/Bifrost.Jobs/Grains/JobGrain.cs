using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Orleans.Concurrency;
using Orleans.Dashboard;
using Orleans.Placement;

namespace Bifrost.Jobs.Grains;

/// <summary>
/// One job, as a cache of its row and a meeting place of those who wait for it. Every change is the store's conditional transition, so two
/// activations do no harm. It lives for a moment: a job that waits in the queue costs a row and nothing here. An activation without calls
/// is collected after 15 s, which is longer than between two renewals of its runner.
/// </summary>
[Reentrant, PreferLocalPlacement, GrainType("job"), CollectionAgeLimit("00:00:15"), NoProfiling]
internal sealed class JobGrain(IJobStore store, JobRunnerSignal signal, JobOptions options, TimeProvider time) : Grain, IJobGrain
{
    // Set on activation.
    private CachedJob _file = null!;
    private Guid _id;

    private int _calls;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A key that is no job id gets the empty id, which no job has.
        _id = JobIds.TryParse(this.GetPrimaryKeyString(), out var id) ? id : default;
        _file = new CachedJob(_id, store, signal, options, time);
        return Task.CompletedTask;
    }

    public Task<JobSubmitReply> Submit(JobSubmission submission) => UseAsync(async () =>
    {
        var submitted = await _file.SubmitAsync(submission);

        // Most submissions are polled much later, if at all, and then by a poll that reads the row.
        if (_calls == 1) DeactivateOnIdle();
        return submitted switch
        {
            JobAccepted { Row: var row } => new JobSubmitReply { Result = JobSubmitResult.Submitted, Job = row.ToView() },
            JobSame same => new JobSubmitReply { Result = JobSubmitResult.SameJob, Job = await ViewOf(same.JobId, submission.VirtualKeyId) },
            JobIdempotencyConflict => new JobSubmitReply { Result = JobSubmitResult.IdempotencyConflict },
            JobQueueFull full => new JobSubmitReply
            {
                Result = JobSubmitResult.QueueFull, Message = JobTexts.QueueFull(full), RetryAfterMs = (long)options.QueueFullRetryAfter.TotalMilliseconds,
            },
            _ => throw new InvalidOperationException($"A submission came to {submitted.GetType().Name}."),
        };
    });

    public Task<JobView?> Poll(JobPoll poll) => UseAsync(() => _file.PollAsync(poll));

    public Task<JobView?> Cancel(JobPoll caller) => UseAsync(async () =>
    {
        var row = await _file.CancelAsync(caller.VirtualKeyId);
        return row is null ? null : await _file.PollAsync(new JobPoll { VirtualKeyId = caller.VirtualKeyId });
    });

    public Task<JobView?> Retry() => UseAsync(async () =>
    {
        var row = await _file.RetryAsync();
        return row is null ? null : await _file.PollAsync(new JobPoll());
    });

    public Task<JobStartReply> Start(JobStart start) => UseAsync(() => _file.StartAsync(start));

    public Task<JobRenewReply> Renew(long fence) => UseAsync(() => _file.RenewAsync(fence));

    public Task<JobEndReply> End(JobEnd end) => UseAsync(() => _file.EndAsync(end));

    public Task<JobEndReply> PutBack(JobPutBack putBack) => UseAsync(() => _file.PutBackAsync(putBack));

    public Task Changed() => UseAsync(async () =>
    {
        await _file.ReloadAsync();
        return true;
    });

    private Task<JobView?> ViewOf(Guid jobId, string virtualKeyId) =>
        GrainFactory.GetGrain<IJobGrain>(JobIds.ToText(jobId)).Poll(new JobPoll { VirtualKeyId = virtualKeyId });

    private async Task<T> UseAsync<T>(Func<Task<T>> call)
    {
        _calls++;
        try
        {
            return await call();
        }
        finally
        {
            _calls--;
        }
    }
}
