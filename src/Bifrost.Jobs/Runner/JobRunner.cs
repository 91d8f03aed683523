using System.Globalization;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Ledger.Leases;

namespace Bifrost.Jobs.Runner;

/// <summary>
/// Runs jobs in this process: asks the partitions for as much as there is room for, every few seconds and whenever it is nudged, and runs
/// what it was handed. A stop asks for nothing more, lets running jobs go on for the drain time, and puts the rest back.
/// </summary>
public sealed class JobRunner(
    IGrainFactory grains, JobTools tools, JobPartitions partitions, JobRunnerSignal signal, ILeaseBook book, IHostApplicationLifetime life) : IHostedService
{
    /// <summary>How long a stop waits for jobs that were told to stop.</summary>
    private static readonly TimeSpan s_putBackWithin = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly LostRuns _lost = new();

    // Under _gate.
    private readonly Dictionary<Guid, JobExecution> _running = [];
    private readonly List<Task> _ended = [];
    private PartitionPull[] _pulls = [];
    private int _reserved;
    private long _asks;

    private CancellationTokenRegistration _onStop;
    private Task _loop = Task.CompletedTask;
    private long? _pumpedAt;
    private long _stopAt;

    /// <summary>Jobs that this process runs now.</summary>
    public int Running
    {
        get
        {
            lock (_gate) return _running.Count;
        }
    }

    private JobOptions Options => tools.Options;

    private TimeProvider Time => tools.Time;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        signal.CancelAsked = AskCancel;
        _onStop = life.ApplicationStopping.Register(BeginStop);
        await partitions.FixAsync(cancellationToken);
        _loop = LoopAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        BeginStop();
        await _loop;
        var left = Options.DrainFor - Time.GetElapsedTime(_stopAt);
        if (!await EndedWithinAsync(left))
        {
            foreach (var attempt in Attempts()) attempt.Stop(JobStop.Drain);
            if (!await EndedWithinAsync(s_putBackWithin)) Log.JobsLeft(tools.Log, Attempts().Length);
        }

        signal.CancelAsked = null;
        await _onStop.DisposeAsync();
    }

    private void BeginStop()
    {
        if (_stopping.IsCancellationRequested) return;
        _stopAt = Time.GetTimestamp();
        _stopping.Cancel();
        signal.Wake();
    }

    private async Task LoopAsync()
    {
        await partitions.Fixed.WaitAsync(_stopping.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (_gate) _pulls = [.. Enumerable.Range(0, Options.Partitions).Select(static number => new PartitionPull(number))];
        while (!_stopping.IsCancellationRequested)
        {
            var woken = signal.Woken.Next;
            Pump();
            await signal.Woken.WaitAsync(woken, Options.PumpEvery - Time.GetElapsedTime(_pumpedAt ?? 0), Time, _stopping.Token);
        }
    }

    private void Pump()
    {
        var all = _pumpedAt is not { } at || Time.GetElapsedTime(at) >= Options.PumpEvery;
        if (all) _pumpedAt = Time.GetTimestamp();
        lock (_gate)
        {
            foreach (var (partition, key) in signal.Take())
                if (partition >= 0 && partition < _pulls.Length) _pulls[partition].Nudge(key);
            if (all)
                foreach (var pull in _pulls) pull.Wanted = true;

            var room = Room();
            var asking = _pulls.Count(static pull => pull is { Wanted: true, Busy: false });

            // Where there is not room for all, those come first that were asked longest ago: a place that is free again goes round.
            foreach (var pull in room < asking ? _pulls.OrderBy(static pull => pull.AskedAt) : _pulls.AsEnumerable())
            {
                if (pull.Busy) continue;
                var share = pull.Wanted && room > 0 ? Math.Clamp(room / Math.Max(1, asking--), 1, room) : 0;

                // The partition that clears up for all is kept awake even by a process that has no room.
                if (share == 0 && !pull.HasNudges && !(all && pull.Number == 0)) continue;
                if (share > 0) pull.AskedAt = ++_asks;
                room -= share;
                _reserved += share;
                _ = PullAsync(pull, pull.Begin(asks: share > 0), share);
            }
        }
    }

    // Under _gate.
    private int Room()
    {
        // A silo without a live holder pulls no jobs: every run would be refused.
        if (!book.MayAdmit || _running.Values.Sum(static attempt => (long)attempt.BodyBytes) > Options.RunningBytesPerSiloMax) return 0;
        return Options.RunningPerSiloMax - _running.Count - _reserved;
    }

    private async Task PullAsync(PartitionPull pull, IReadOnlyList<string> nudges, int share)
    {
        // The rest runs when the pump has let its lock go.
        await Task.Yield();
        JobPullReply? reply = null;
        try
        {
            var queue = Queue(pull.Number);
            foreach (var key in nudges) await queue.Nudge(key);
            if (share > 0 || pull.Number == 0) reply = await queue.Pull(new JobPull { Owner = tools.Owner, Room = share });
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested) Log.PullFailed(tools.Log, pull.Number, e);
        }

        bool othersWait;
        lock (_gate)
        {
            _reserved -= share;
            pull.End(more: reply?.More == true);
            othersWait = Array.Exists(_pulls, static other => other is { Wanted: true, Busy: false });
            if (reply is not null && !_stopping.IsCancellationRequested)
                foreach (var job in reply.Jobs) Begin(job, pull);
        }

        // An empty answer with HasMore means that the scan goes on, or that the store is away: the next pump asks again. One with nothing behind it leaves
        // its room to those that there was none for.
        var goesOn = reply is { More: true, Jobs.Length: > 0 } || (othersWait && share > 0 && reply is { More: false });
        if (goesOn || pull.HasNudges) signal.Wake();
    }

    // Under _gate.
    private void Begin(JobHandout job, PartitionPull pull)
    {
        if (_running.ContainsKey(job.JobId)) return;
        var attempt = new JobExecution(tools, grains.GetGrain<IJobGrain>(JobIds.ToText(job.JobId)), job, _lost);
        _running.Add(job.JobId, attempt);
        _ended.RemoveAll(static task => task.IsCompleted);
        _ended.Add(RunAsync(attempt, job, pull));
    }

    private async Task RunAsync(JobExecution attempt, JobHandout job, PartitionPull pull)
    {
        await Task.Yield();
        var keyDelay = TimeSpan.Zero;
        try
        {
            keyDelay = await attempt.RunAsync();
        }
        catch (Exception e)
        {
            // The lease ends by itself, and somebody finds the job again.
            Log.JobBroke(tools.Log, job.JobId, e);
        }

        lock (_gate) _running.Remove(job.JobId);
        try
        {
            await Queue(pull.Number).Done(
                new JobDone { JobId = job.JobId, VirtualKeyId = job.VirtualKeyId, KeyDelayMs = (long)keyDelay.TotalMilliseconds });
        }
        catch (Exception e)
        {
            if (!_stopping.IsCancellationRequested) Log.DoneNotTold(tools.Log, job.JobId, e);
        }

        // Its key may have a place again, and this process has.
        lock (_gate) pull.Wanted = true;
        signal.Wake();
    }

    private void AskCancel(Guid jobId)
    {
        JobExecution? attempt;
        lock (_gate) attempt = _running.GetValueOrDefault(jobId);
        attempt?.RenewNow();
    }

    private JobExecution[] Attempts()
    {
        lock (_gate) return [.. _running.Values];
    }

    private async Task<bool> EndedWithinAsync(TimeSpan limit)
    {
        Task all;
        lock (_gate) all = Task.WhenAll(_ended);
        if (limit <= TimeSpan.Zero) return all.IsCompleted;
        try
        {
            await all.WaitAsync(limit, Time);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private IJobQueueGrain Queue(int partition) => grains.GetGrain<IJobQueueGrain>(partition.ToString(CultureInfo.InvariantCulture));
}
