using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Simulation.Jobs;

/// <summary>One process: activations of jobs and queues, a sweeper, a runner, its line to the store.</summary>
internal sealed class JobSilo
{
    private readonly JobWorld _world;
    private readonly Dictionary<Guid, JobFile> _files = [];
    private readonly Dictionary<int, SimQueue> _queues = [];
    private readonly Dictionary<Guid, SimAttempt> _running = [];

    public JobSilo(JobWorld world, Guid owner)
    {
        (_world, Owner) = (world, owner);
        Store = new FaultyJobStore(world, this);
    }

    public Guid Owner { get; }
    public FaultyJobStore Store { get; }
    public Weather Weather { get; set; }

    /// <summary>True once killed or stopped: nothing in it runs any more.</summary>
    public bool Dead { get; private set; }

    public bool Stopping { get; private set; }

    /// <summary>True while neither the store nor another process hears of it, nor it of them; its timers and its upstream go on.</summary>
    public bool CutOff
    {
        get => CutOffAt is not null;
        set => CutOffAt = value ? CutOffAt ?? _world.Clock.GetUtcNow() : null;
    }

    /// <summary>Since when; null: it is not.</summary>
    public DateTimeOffset? CutOffAt { get; private set; }

    public int Running => _running.Count;

    /// <summary>This silo's activation of a job; a new one knows nothing.</summary>
    public JobFile FileOf(Guid jobId)
    {
        if (_files.TryGetValue(jobId, out var file)) return file;
        return _files[jobId] = new JobFile(jobId, Store, _world.Options, _world.Clock);
    }

    public void Forget(Guid jobId) => _files.Remove(jobId);

    public SimQueue QueueOf(int partition)
    {
        if (_queues.TryGetValue(partition, out var queue)) return queue;
        return _queues[partition] = new SimQueue(partition, Store, _world.Options, _world.Clock);
    }

    /// <summary>Every step of a process is behind this: the dead make none.</summary>
    public void Live()
    {
        if (Dead || _world.CrashesNow(this)) throw new SiloGoneException();
    }

    public void Start()
    {
        for (var partition = 0; partition < _world.Options.Partitions; partition++) _world.Observe(PumpAsync(partition));
        _world.Observe(SweepAsync());
    }

    public void Crash() => Dead = true;

    public async Task StopAsync()
    {
        if (Stopping || Dead) return;
        Stopping = true;
        if (!await IdleWithinAsync(_world.Options.DrainFor))
        {
            foreach (var attempt in _running.Values.ToArray()) attempt.Stop(SimStop.Drain);
            await IdleWithinAsync(TimeSpan.FromSeconds(10));
        }

        Dead = true;
    }

    private async Task<bool> IdleWithinAsync(TimeSpan limit)
    {
        var end = _world.Clock.GetUtcNow() + limit;
        while (_running.Count > 0 && !Dead && _world.Clock.GetUtcNow() < end) await Task.Delay(TimeSpan.FromMilliseconds(100), _world.Clock);
        return _running.Count == 0;
    }

    private async Task SweepAsync()
    {
        var sweeper = new JobSweeper(Store, _world.Options, _world.Clock, NullLogger.Instance, _world.ReturnedAsync);
        while (!Dead)
        {
            await sweeper.RunAsync();
            await Task.Delay(_world.Options.PumpEvery + _world.Ms(0, 200), _world.Clock);
        }
    }

    private async Task PumpAsync(int partition)
    {
        while (!Dead && !Stopping)
        {
            var room = _world.Options.RunningPerSiloMax - _running.Count;
            JobPullReply? reply = null;
            try
            {
                if (room > 0) reply = await _world.CallQueueAsync(partition, queue => queue.PullAsync(room));
            }
            catch (Exception e) when (JobWorld.IsNoAnswer(e))
            {
                // The next look finds another activation; what was handed out and got lost is found by the counting.
            }

            Live();
            if (reply is not null && !Stopping)
                foreach (var job in reply.Jobs) Begin(job, partition);
            var more = reply is { More: true, Jobs.Length: > 0 } && Running < _world.Options.RunningPerSiloMax;
            await Task.Delay(more ? _world.Ms(1, 20) : _world.Ms(100, (int)_world.Options.PumpEvery.TotalMilliseconds), _world.Clock);
        }
    }

    private void Begin(JobHandout job, int partition)
    {
        if (_running.ContainsKey(job.JobId)) return;
        var attempt = new SimAttempt(_world, this, job);
        _running.Add(job.JobId, attempt);
        _world.Observe(RunAsync(attempt, job, partition));
    }

    private async Task RunAsync(SimAttempt attempt, JobHandout job, int partition)
    {
        var keyDelay = TimeSpan.Zero;
        try
        {
            keyDelay = await attempt.RunAsync();
        }
        catch (Exception e) when (JobWorld.IsNoAnswer(e))
        {
            // The lease ends by itself, and somebody finds the job again.
        }

        Live();
        _running.Remove(job.JobId);

        // One in some is lost on its way: the counting finds it.
        if (_world.Trouble && _world.Random.Next(10) == 0) return;
        await _world.CallQueueAsync(partition, queue =>
        {
            queue.Done(new JobDone { JobId = job.JobId, VirtualKeyId = job.VirtualKeyId, KeyDelayMs = (long)keyDelay.TotalMilliseconds });
            return Task.FromResult(true);
        });
    }
}
