using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Leases;

namespace Bifrost.Simulation.Attackers;

/// <summary>One process: the product's pipeline, lease book and broken bounds, and activations of keys with the product's rules.</summary>
internal sealed class AttackSilo : IStoreClient
{
    /// <summary>The engine's own limit of a grain call.</summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    private readonly AttackWorld _world;
    private readonly Dictionary<string, KeyAdmission> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly CatalogHolder _catalog = new();
    private readonly BrokenBounds _brokenBounds;

    public AttackSilo(AttackWorld world)
    {
        _world = world;
        Clock = new AttackClock(world, this);
        Book = new LeaseBook(new FaultyStore(this), world.LedgerOptions, world.Clock, new AttackLog<LeaseBook>(world, fails: false));
        _brokenBounds = new BrokenBounds(_catalog, Clock);
        var grains = GrainFactoryProxy.Of(Grain);
        var settles = new SettleTracker(world.PipelineOptions, Clock, new AttackLog<SettleTracker>(world));
        Pipeline = new ChatPipeline(
            new ProviderReferences(grains, Clock), new KeyReferences(grains), _catalog, Book, settles, world.PipelineOptions, Clock, world.Random, new AttackLog<ChatPipeline>(world));
    }

    public AttackClock Clock { get; }
    public LeaseBook Book { get; }
    public ChatPipeline Pipeline { get; }
    public Weather Weather { get; set; }

    /// <summary>True once killed: nothing in it runs any more.</summary>
    public bool Dead { get; private set; }

    /// <summary>When it was killed.</summary>
    public DateTimeOffset DiedAt { get; private set; }

    SimClock IStoreClient.Clock => _world.Clock;

    Random IStoreClient.Random => _world.Random;

    InMemoryLedgerStore IStoreClient.Store => _world.Store;

    public bool CrashesNow() => _world.CrashesNow(this);

    public T Transact<T>(Func<Task<T>> transaction) => _world.Transact(transaction);

    public void Registered(Guid holderId) { }

    public void Beat(DateTimeOffset sentAt) { }

    /// <summary>This silo's activation of a key; a new one knows nothing.</summary>
    public KeyAdmission KeyOf(string virtualKeyId)
    {
        if (_keys.TryGetValue(virtualKeyId, out var known)) return known;
        return _keys[virtualKeyId] = new KeyAdmission(
            virtualKeyId, _catalog, Book, _ => throw new NotSupportedException("No window is shared."), _brokenBounds, Clock, new KeyLimits(),
            new AccountLimits());
    }

    /// <summary>What this silo knows that a model's bound has to be multiplied by, in thousandths, by the simulation's own account.</summary>
    public int KnownThousandths(string model) => _known.GetValueOrDefault(model, 1_000);

    /// <summary>A settlement comes to an activation here: what it says of a bound is known from now on.</summary>
    public void Reports(Settlement settlement)
    {
        var name = settlement.Provider + "/" + settlement.Model;
        if (_world.Tickets.GetValueOrDefault(settlement.Ticket.AttemptId).Ticket is not { BoundNanos: > 0 } ticket) return;
        if (_world.TrueCallOf(ticket.AttemptId) is not { Told: true, TellsTruly: true } || settlement.CostNanos <= ticket.BoundNanos) return;
        var thousandths = (int)Math.Min(1_000_000, (double)settlement.CostNanos * ticket.BoundThousandths / ticket.BoundNanos);
        _known[name] = Math.Max(KnownThousandths(name), thousandths);
    }

    public async Task RunAsync()
    {
        await Book.StartAsync(default);
        _world.Observe(TellAsync());
        var seen = -1L;
        while (!Dead)
        {
            await Book.CatalogBeyondAsync(seen, default);
            await Task.Delay(_world.Ms(0, 500), _world.Clock);
            if (Dead) return;
            var snapshot = _world.SnapshotNow();
            _catalog.Swap(snapshot);
            Book.TakeCatalog(snapshot.Version, static _ => true);
            seen = snapshot.Version;
            foreach (var (model, broken) in snapshot.BrokenBounds) _known[model] = Math.Max(KnownThousandths(model), broken.Thousandths - 1);
        }
    }

    public void Crash()
    {
        if (Dead) return;
        (Dead, DiedAt) = (true, _world.Clock.GetUtcNow());
        _world.Observe(Book.DisposeAsync().AsTask());
    }

    /// <summary>Every step of a process is behind this: the dead make none.</summary>
    public void Live()
    {
        if (Dead || _world.CrashesNow(this)) throw new AttackSiloGoneException();
    }

    /// <summary>A call from this process to a grain. From a dead one nothing goes out, and nothing comes back to it.</summary>
    public async Task<T> AskAsync<T>(Func<Task<T>> call, TimeSpan limit)
    {
        try
        {
            Live();
            var reply = await call().WaitAsync(limit, _world.Clock);
            Live();
            return reply;
        }
        catch (Exception) when (Dead)
        {
            await new TaskCompletionSource().Task;
            throw;
        }
    }

    /// <summary>Brings broken bounds into the catalog, as the keeper does, which needs the whole catalog's machinery.</summary>
    private async Task TellAsync()
    {
        while (!Dead)
        {
            await Task.Delay(_world.Ms(200, 1_500), Clock);
            foreach (var broken in _brokenBounds.Pending)
            {
                _world.Keep(broken);
                if (_catalog.Current.BrokenBounds.GetValueOrDefault(broken.Model)?.Thousandths >= broken.Thousandths) _brokenBounds.Told(broken);
            }
        }
    }

    private object Grain(Type type, string key) => type == typeof(IVirtualKeyGrain) ? new AttackKeyGrain(_world, this, key)
        : type == typeof(IProviderGrain) ? new TrueUpstream(_world, this, key)
        : throw new NotSupportedException(type.Name);
}
