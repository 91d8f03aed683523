using System.Globalization;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Jobs;

/// <summary>
/// One seeded run of jobs: silos, clients and a store behind bad lines, on one thread and one clock. First trouble, then calm; then every
/// job must end, and be gone after its time. The product's own are the runner with its pipeline, the activations' <see cref="JobFile"/> and
/// <see cref="JobQueue"/>, and the store's transaction; simulated are the engine, the upstream, and the books of the keys.
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
            KeptBytesPerKeyMax = Random.Next(4) == 0 ? 1_500 : long.MaxValue,
            KeptFullDelay = TimeSpan.FromSeconds(5),
        };
        Database = new InMemoryJobStore(_storeClock, Options);
        if (Random.Next(2) == 0) Database.IsGone = owner => _everySilo.TryGetValue(owner ?? Guid.Empty, out var silo) && silo.Dead;
        else if (flaw == JobFlaw.TakesLeasesOfTheUnheard) Database.IsGone = IsUnheard;
        _crashChance = Random.Next(2) == 0 ? 0.001 : 0;
        _jumps = Random.Next(3) == 0;
    }

    public SimClock Clock { get; } = new();
    public Random Random { get; }
    public JobFlaw Flaw { get; }
    public JobOptions Options { get; }
    public InMemoryJobStore Database { get; }
    public List<SimCall> Calls { get; } = [];

    /// <summary>True until the faults stop.</summary>
    public bool Trouble { get; private set; } = true;

    public int Jobs => _born.Count;
    public int Runs { get; set; }
    public int Dropped { get; set; }

    /// <summary>Submissions of keys whose ended jobs keep as much as they may.</summary>
    public int Refused { get; private set; }

    /// <summary>Words of an old fence that reached the store, delivered late or not.</summary>
    public int OldWords { get; private set; }

    /// <summary>Leases that were taken away, jobs that were given back, and ends by status.</summary>
    public int LeasesLost { get; private set; }

    public int GivenBack { get; private set; }
    public int Completed { get; private set; }
    public int Failed { get; private set; }
    public int Cancelled { get; private set; }
    public int Transactions { get; private set; }

    /// <summary>What the upstream says to a run.</summary>
    public static string Answer(long fence) => string.Create(CultureInfo.InvariantCulture, $"answer of {fence}");

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
            if (command is { Name: "Renew" or "End" or "PutBack", Fence: var fence } && fence < Database.Rows.Job(command.JobId)?.Fence) OldWords++;
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
            Fail(e);
            throw;
        }
    }

    /// <summary>Ends the run; the first reason counts.</summary>
    public void Fail(Exception e) => _failure ??= e;

    /// <summary>The product must stay on the simulation's thread and context, or a run would not repeat.</summary>
    public void CheckThread()
    {
        if (!_context.IsCurrent) Fail(new InvalidOperationException("Something left the simulation's context: " + Environment.StackTrace));
    }

    /// <summary>A call of a job's grain: mostly the activation that the directory knows, sometimes another one.</summary>
    public Task<T> CallJobAsync<T>(Guid jobId, Func<CachedJob, Task<T>> call) => CallAsync("job " + jobId, silo =>
    {
        if (Random.Next(20) == 0) silo.Forget(jobId);
        return call(silo.FileOf(jobId));
    });

    public Task<T> CallQueueAsync<T>(int partition, Func<JobQueue, Task<T>> call) =>
        CallAsync("queue " + partition, silo => silo.QueueOf(partition).CallAsync(call));

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
            Fail(e);
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
        var owner = NewId();
        var silo = new JobSilo(this, owner);
        _silos.Add(silo);
        _everySilo.Add(owner, silo);
        silo.Start();
    }

    /// <summary>What the ledger knows of a process: no heartbeat within its time and the grace after it.</summary>
    private bool IsUnheard(Guid? owner) => _everySilo.TryGetValue(owner ?? Guid.Empty, out var silo)
        && (silo.Dead || Clock.GetUtcNow() - silo.CutOffAt > Bifrost.Ledger.Store.LedgerLimits.HolderTtl * 2);

    private T Pick<T>(IReadOnlyList<T> of) => of[Random.Next(of.Count)];
}
