using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;

namespace Bifrost.Simulation.Jobs;

/// <summary>A job as a process calls it, wherever its activation is.</summary>
internal sealed class SimJobGrain(JobWorld world, JobSilo caller, Guid jobId) : IJobGrain
{
    private static readonly TimeSpan s_renewTimeout = TimeSpan.FromSeconds(5);

    public async Task<JobStartReply> Start(JobStart start)
    {
        var reply = await AskAsync(file => file.StartAsync(start));
        if (reply.Run is not { } run) return reply;
        world.Runs++;

        // The upstream is to know which run calls it.
        return reply with { Run = run with { Call = run.Call with { Headers = [SimProviderGrain.HeaderOf(run)] } } };
    }

    public Task<JobRenewReply> Renew(long fence) => caller.AskAsync(() => world.CallJobAsync(jobId, file => file.RenewAsync(fence)), s_renewTimeout);

    public async Task<JobEndReply> End(JobEnd end)
    {
        world.Told(jobId, end.Fence, end.Outcome);
        return Count(await AskAsync(file => file.EndAsync(end)));
    }

    public async Task<JobEndReply> PutBack(JobPutBack putBack)
    {
        world.Told(jobId, putBack.Fence, putBack.Refusal);
        return Count(await AskAsync(file => file.PutBackAsync(putBack)));
    }

    public Task Changed() => AskAsync(file => file.ReloadAsync());

    public Task<JobSubmitReply> Submit(JobSubmission submission) => throw new NotSupportedException("Clients call the activation.");

    public Task<JobView?> Poll(JobPoll poll) => throw new NotSupportedException("Clients call the activation.");

    public Task<JobView?> Cancel(JobPoll caller) => throw new NotSupportedException("Clients call the activation.");

    public Task<JobView?> Retry() => throw new NotSupportedException("Operators call the activation.");

    private JobEndReply Count(JobEndReply reply)
    {
        if (!reply.Won) world.Dropped++;
        return reply;
    }

    private Task<T> AskAsync<T>(Func<CachedJob, Task<T>> call) => caller.AskAsync(() => world.CallJobAsync(jobId, call), JobSilo.ResponseTimeout);
}

/// <summary>A partition's queue as a process calls it, wherever its activation is. One nudge or report in ten is lost on its way.</summary>
internal sealed class SimQueueGrain(JobWorld world, JobSilo caller, int partition) : IJobQueueGrain
{
    private static readonly TimeSpan s_pullTimeout = TimeSpan.FromSeconds(10);

    public Task<JobPullReply> Pull(JobPull pull) => caller.AskAsync(() => world.CallQueueAsync(partition, queue => queue.PullAsync(pull)), s_pullTimeout);

    public Task Nudge(string virtualKeyId) => TellAsync(queue => queue.Nudge(virtualKeyId));

    public Task Done(JobDone done) => TellAsync(queue => queue.Done(done));

    private Task<bool> TellAsync(Action<JobQueue> what) => caller.AskAsync(
        () => world.Trouble && world.Random.Next(10) == 0
            ? Task.FromException<bool>(new TimeoutException())
            : world.CallQueueAsync(partition, queue =>
            {
                what(queue);
                return Task.FromResult(true);
            }),
        JobSilo.ResponseTimeout);
}

/// <summary>One activation of a partition's queue: as the engine does, it lets in one call at a time, and the sweep beside it.</summary>
internal sealed class SimQueueActivation(JobQueue queue)
{
    private readonly SemaphoreSlim _turn = new(1);

    public JobQueue Queue => queue;

    public async Task<T> CallAsync<T>(Func<JobQueue, Task<T>> call)
    {
        await _turn.WaitAsync();
        try
        {
            return await call(queue);
        }
        finally
        {
            _turn.Release();
        }
    }
}
