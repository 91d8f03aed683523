using System.Text;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Jobs;

/// <summary>
/// One seeded run of jobs: silos, clients and a store behind bad lines, on one thread and one clock. First trouble, then calm; then every
/// job must end, and be gone after its time. What speaks to the store is the real <see cref="JobFile"/>, <see cref="DueWindow"/> and
/// <see cref="JobSweeper"/>; runners are simulated.
/// </summary>
internal sealed partial class JobWorld
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(40);

    private readonly SimContext _context;
    private readonly List<JobSilo> _silos = [];
    private readonly Dictionary<string, JobSilo> _directory = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, JobSilo> _everySilo = [];
    private readonly StoreClock _storeClock;
    private readonly bool _jumps;
    private Exception? _failure;
    private double _crashChance;

    public JobWorld(int seed, JobFlaw flaw = JobFlaw.None)
    {
        Random = new Random(seed);
        Flaw = flaw;
        _context = new SimContext(Random);
        _storeClock = new StoreClock(Clock);
        Options = new JobOptions
        {
            Partitions = 2,
            DrainsMax = Random.Next(3) == 0 ? 1 : 10,
            WaitMax = TimeSpan.FromSeconds(Random.Next(3) == 0 ? 5 : 120),
            DrainFor = TimeSpan.FromSeconds(5),
            RunningPerKeyMax = Random.Next(1, 6),
            RunningPerSiloMax = Random.Next(2, 9),
            SweepRowsMax = Random.Next(3) == 0 ? 2 : 200,
            WindowKeysMax = Random.Next(3) == 0 ? 1 : 256,
            WindowJobsPerKeyMax = Random.Next(3) == 0 ? 2 : 32,
        };
        Model = new ModelJobStore(_storeClock, Options);
        if (Random.Next(2) == 0) Model.IsGone = owner => _everySilo.TryGetValue(owner ?? Guid.Empty, out var silo) && silo.Dead;
        else if (flaw == JobFlaw.TakesLeasesOfTheUnheard) Model.IsGone = IsUnheard;
        _crashChance = Random.Next(2) == 0 ? 0.001 : 0;
        _jumps = Random.Next(3) == 0;
    }

    public SimClock Clock { get; } = new();
    public Random Random { get; }
    public JobFlaw Flaw { get; }
    public JobOptions Options { get; }
    public ModelJobStore Model { get; }
    public List<SimCall> Calls { get; } = [];

    /// <summary>True until the faults stop.</summary>
    public bool Trouble { get; private set; } = true;

    public int Jobs => _born.Count;
    public int Runs { get; set; }
    public int Dropped { get; set; }

    /// <summary>Words of an old fence that reached the store, delivered late or not.</summary>
    public int OldWords { get; private set; }

    /// <summary>Leases that were taken away, jobs that were given back, and ends by status.</summary>
    public int LeasesLost { get; private set; }

    public int GivenBack { get; private set; }
    public int Completed { get; private set; }
    public int Failed { get; private set; }
    public int Cancelled { get; private set; }
    public int Transactions { get; private set; }

    public static ReadOnlyMemory<byte> Answer(long fence) => Encoding.UTF8.GetBytes($"answer of {fence}");

    /// <summary>What a caller cannot tell from a call that was made.</summary>
    public static bool IsNoAnswer(Exception e) => e is JobStoreAwayException or StoreUnavailableException or SiloGoneException or TimeoutException;

    /// <summary>Runs the whole scenario; throws what went wrong.</summary>
    public void Run() => _context.Run(ScenarioAsync, Clock, LongestRun, ThrowFailure, what => new JobBrokenException(what));

    public TimeSpan Ms(int from, int to) => TimeSpan.FromMilliseconds(Random.Next(from, to + 1));

    /// <summary>Ids are the seed's, or a run would not repeat.</summary>
    public Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>One transaction of the store, checked; what it finds broken ends the run, whoever catches the exception.</summary>
    public T Transact<T>(JobCommand command, Func<Task<T>> transaction)
    {
        try
        {
            Transactions++;
            if (command is { Name: "Renew" or "End" or "PutBack", Fence: var fence } && fence < Model.Rows.GetValueOrDefault(command.JobId)?.Fence) OldWords++;
            var reply = Finished.Value(transaction());
            CheckRows(command);
            if (Random.Next(50) != 0) return reply;
            Finished.Value(transaction());
            if (command.Name is not ("ExpireLeases" or "Sweep") && RowsChanged()) throw new JobBrokenException($"repeating {command} changes something");
            CheckRows(command);
            return reply;
        }
        catch (Exception e)
        {
            _failure ??= e;
            throw;
        }
    }

    /// <summary>A call of a job's grain: mostly the activation that the directory knows, sometimes another one.</summary>
    public Task<T> CallJobAsync<T>(Guid jobId, Func<JobFile, Task<T>> call) => CallAsync("job " + jobId, silo =>
    {
        if (Random.Next(20) == 0) silo.Forget(jobId);
        return call(silo.FileOf(jobId));
    });

    public Task<T> CallQueueAsync<T>(int partition, Func<SimQueue, Task<T>> call) => CallAsync("queue " + partition, silo => call(silo.QueueOf(partition)));

    /// <summary>What the queue grain of the first partition does with a lease that was taken away.</summary>
    public async Task ReturnedAsync(JobRow job)
    {
        await CallJobAsync(job.Id, file => file.ReloadAsync());
        await CallQueueAsync(job.Partition, queue =>
        {
            queue.Nudge(job.VirtualKeyId);
            return Task.FromResult(true);
        });
    }

    /// <exception cref="TimeoutException">It takes longer; whatever it does, it goes on doing.</exception>
    public async Task<T> WithinAsync<T>(Task<T> task, TimeSpan limit)
    {
        var either = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        Clock.After(limit, () => either.TrySetResult(false));
        _ = SignalAsync();
        return await either.Task ? await task : throw new TimeoutException();

        async Task SignalAsync()
        {
            try
            {
                await task;
            }
            catch (Exception e) when (IsNoAnswer(e))
            {
                // Whoever waits sees it.
            }

            either.TrySetResult(true);
        }
    }

    /// <summary>True when the seed kills this silo at this very step.</summary>
    public bool CrashesNow(JobSilo silo)
    {
        if (silo.Dead || Random.NextDouble() >= _crashChance) return false;
        Kill(silo);
        return true;
    }

    /// <summary>Whatever runs beside the scenario must not fail unseen; without an answer it may end.</summary>
    public void Observe(Task task) => _ = ObserveAsync(task);

    private async Task ObserveAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e) when (IsNoAnswer(e))
        {
            // Its process is gone, or gave up.
        }
        catch (Exception e)
        {
            _failure ??= e;
        }
    }

    private async Task<T> CallAsync<T>(string grain, Func<JobSilo, Task<T>> call)
    {
        if (_silos.Count == 0) throw new SiloGoneException();
        var host = _directory.GetValueOrDefault(grain);
        if (host is null || host.Dead || host.CutOff) _directory[grain] = host = Pick(_silos);
        else if (Trouble && Random.Next(15) == 0) host = Pick(_silos);
        if (Random.Next(4) == 0) await Task.Delay(Ms(0, Trouble ? 200 : 2), Clock);
        host.Live();
        if (host.CutOff) throw new TimeoutException();
        var reply = await call(host);
        host.Live();
        if (host.CutOff) throw new TimeoutException();

        // The answer is lost on its way back.
        return Trouble && Random.Next(100) == 0 ? throw new TimeoutException() : reply;
    }

    private void ThrowFailure()
    {
        if (_failure is not null) throw new JobBrokenException($"{_failure.Message}{Environment.NewLine}{_failure.StackTrace}");
    }

    private void Kill(JobSilo silo)
    {
        silo.Crash();
        _silos.Remove(silo);
        Clock.After(Ms(0, 3_000), AddSilo);
    }

    private void AddSilo()
    {
        var silo = new JobSilo(this, NewId());
        _silos.Add(silo);
        _everySilo.Add(silo.Owner, silo);
        silo.Start();
    }

    /// <summary>What the ledger knows of a process: no heartbeat within its time and the grace after it.</summary>
    private bool IsUnheard(Guid? owner) => _everySilo.TryGetValue(owner ?? Guid.Empty, out var silo)
        && (silo.Dead || Clock.GetUtcNow() - silo.CutOffAt > Bifrost.Ledger.Store.LedgerLimits.HolderTtl * 2);

    private T Pick<T>(IReadOnlyList<T> of) => of[Random.Next(of.Count)];
}
