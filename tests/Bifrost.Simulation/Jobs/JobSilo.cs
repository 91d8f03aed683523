using System.Globalization;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Pipeline;
using Bifrost.Chat.Envelope;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Runner;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;

namespace Bifrost.Simulation.Jobs;

/// <summary>
/// One process: the product's runner with its pipeline, activations of jobs and queues, a line to the store and one to other processes.
/// </summary>
internal sealed class JobSilo
{
    /// <summary>The engine's own limit of a grain call.</summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    private static readonly JobMetrics s_metrics = new(new TestMeters());

    private readonly JobWorld _world;
    private readonly Dictionary<Guid, CachedJob> _files = [];
    private readonly Dictionary<int, SimQueueActivation> _queues = [];
    private readonly IGrainFactory _grains;
    private readonly JobRunnerSignal _bell = new();
    private readonly SiloLifetime _life = new();
    private readonly JobRunner _runner;
    private Task _starting = Task.CompletedTask;
    private bool _stopping;

    public JobSilo(JobWorld world, Guid owner)
    {
        (_world, Clock, Store) = (world, new SiloClock(world, this), new FaultyJobStore(world, this));
        _grains = GrainFactoryProxy.Of(Grain);
        var (book, pipeline) = (new SiloBook(this), new PipelineOptions());
        var tools = new JobTools
        {
            Owner = owner,
            Pipeline = new ChatPipeline(
                new ProviderReferences(_grains, Clock), new KeyReferences(_grains), SimCatalog.Catalog, book, new SettleTracker(pipeline, Clock, new SiloLog<SettleTracker>(world)), pipeline, Clock, world.Random,
                new SiloLog<ChatPipeline>(world)),
            Catalog = SimCatalog.Catalog,
            Limits = ChatLimits.Default,
            Pauses = new KeyPauses(world.Options, Clock),

            // The flaw's margin lets a lease that nobody confirms seem to last.
            Options = world.Flaw == JobFlaw.RunsOnWithoutLease ? world.Options with { LeaseMargin = TimeSpan.FromHours(-1) } : world.Options,
            Metrics = s_metrics,
            Time = Clock,
            Log = new SiloLog<JobRunner>(world),
        };
        var partitions = new JobPartitions(Store, world.Options, Clock, _life, new SiloLog<JobPartitions>(world));
        _runner = new JobRunner(_grains, tools, partitions, _bell, book, _life);
    }

    public SiloClock Clock { get; }
    public FaultyJobStore Store { get; }
    public Weather Weather { get; set; }

    /// <summary>True once killed or stopped: nothing in it runs any more.</summary>
    public bool Dead { get; private set; }

    /// <summary>True while neither the store nor another process hears of it, nor it of them; its timers and its upstream go on.</summary>
    public bool CutOff
    {
        get => CutOffAt is not null;
        set => CutOffAt = value ? CutOffAt ?? _world.Clock.GetUtcNow() : null;
    }

    /// <summary>Since when; null: it is not.</summary>
    public DateTimeOffset? CutOffAt { get; private set; }

    /// <summary>This silo's activation of a job; a new one knows nothing.</summary>
    public CachedJob FileOf(Guid jobId)
    {
        if (_files.TryGetValue(jobId, out var file)) return file;
        return _files[jobId] = new CachedJob(jobId, Store, _bell, _world.Options, Clock);
    }

    public void Forget(Guid jobId) => _files.Remove(jobId);

    public SimQueueActivation QueueOf(int partition)
    {
        if (_queues.TryGetValue(partition, out var known)) return known;
        var queue = new JobQueue(partition, Store, SimCatalog.Catalog, _grains, _world.Options, Clock, new SiloLog<JobQueue>(_world));
        if (queue.Sweeps) _world.Observe(SweepAsync(queue));
        return _queues[partition] = new SimQueueActivation(queue);
    }

    /// <summary>Every step of a process is behind this: the dead make none.</summary>
    public void Live()
    {
        if (Dead || _world.CrashesNow(this)) throw new SiloGoneException();
    }

    public void Start()
    {
        _starting = _runner.StartAsync(CancellationToken.None);
        _world.Observe(_starting);
    }

    public void Crash() => Dead = true;

    /// <summary>Never completes when it dies on the way.</summary>
    public async Task StopAsync()
    {
        if (_stopping || Dead) return;
        _stopping = true;
        await _starting;
        _life.StopApplication();
        await _runner.StopAsync(CancellationToken.None);
        Dead = true;
    }

    /// <summary>A call from this process to a grain. From a dead one nothing goes out, and nothing comes back to it.</summary>
    public async Task<T> AskAsync<T>(Func<Task<T>> call, TimeSpan limit)
    {
        _world.CheckThread();
        try
        {
            Live();
            if (CutOff) await LostAsync(limit);
            var reply = await call().WaitAsync(limit, _world.Clock);
            Live();
            if (CutOff) await LostAsync(limit);
            return reply;
        }
        catch (Exception) when (Dead)
        {
            await new TaskCompletionSource().Task;
            throw;
        }
    }

    /// <summary>Refused by the network at once, or nothing at all.</summary>
    private async Task LostAsync(TimeSpan limit)
    {
        if (_world.Random.Next(2) == 0) await Task.Delay(limit, Clock);
        throw new TimeoutException();
    }

    private async Task SweepAsync(JobQueue queue)
    {
        while (!Dead)
        {
            await queue.SweepAsync();
            await Task.Delay(_world.Options.PumpEvery + _world.Ms(0, 200), Clock);
        }
    }

    private object Grain(Type type, string key)
    {
        if (type == typeof(IJobGrain)) return new SimJobGrain(_world, this, Guid.Parse(key));
        if (type == typeof(IJobQueueGrain)) return new SimQueueGrain(_world, this, int.Parse(key, CultureInfo.InvariantCulture));
        if (type == typeof(IVirtualKeyGrain)) return new SimKeyGrain(_world, this, key);
        return type == typeof(IProviderGrain) ? new SimProviderGrain(_world, this, key) : throw new NotSupportedException(type.Name);
    }
}
