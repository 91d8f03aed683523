using Bifrost.Jobs.Contracts;

namespace Bifrost.Jobs.Tests.Runner;

/// <summary>A job's grain that answers its runner as the test says, and remembers what it was told.</summary>
internal sealed class ScriptedJobGrain : IJobGrain
{
    private readonly Lock _gate = new();
    private readonly List<JobEnd> _ends = [];
    private readonly List<JobPutBack> _putBacks = [];

    public Func<long, Task<JobRenewReply>> OnRenew { get; set; } = _ => Task.FromResult(new JobRenewReply { Held = true, LeaseMs = 30_000 });

    public Func<JobStart, JobStartReply> OnStart { get; set; } = _ => new JobStartReply();

    /// <summary>Asked with the number of the call, from 1 on; may throw.</summary>
    public Func<int, JobEndReply> OnEnd { get; set; } = _ => new JobEndReply { Won = true };

    public IReadOnlyList<JobEnd> Ends
    {
        get
        {
            lock (_gate) return [.. _ends];
        }
    }

    public IReadOnlyList<JobPutBack> PutBacks
    {
        get
        {
            lock (_gate) return [.. _putBacks];
        }
    }

    public Task<JobStartReply> Start(JobStart start) => Task.FromResult(OnStart(start));

    public Task<JobRenewReply> Renew(long fence) => OnRenew(fence);

    public Task<JobEndReply> End(JobEnd end)
    {
        int count;
        lock (_gate)
        {
            _ends.Add(end);
            count = _ends.Count;
        }

        return Task.FromResult(OnEnd(count));
    }

    public Task<JobEndReply> PutBack(JobPutBack putBack)
    {
        lock (_gate) _putBacks.Add(putBack);
        return Task.FromResult(new JobEndReply { Won = true, Status = JobStatus.Pending });
    }

    public Task<JobSubmitReply> Submit(JobSubmission submission) => throw new NotSupportedException();

    public Task<JobView?> Poll(JobPoll poll) => throw new NotSupportedException();

    public Task<JobView?> Cancel(JobPoll caller) => throw new NotSupportedException();

    public Task<JobView?> Retry() => throw new NotSupportedException();

    public Task Changed() => throw new NotSupportedException();
}
