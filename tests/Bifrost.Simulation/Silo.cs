using System.Collections.Immutable;
using Bifrost.Ledger.Leases;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Simulation;

/// <summary>One process: its lease book, its view of the catalog, its line to the store.</summary>
internal sealed class Silo : IStoreClient
{
    private readonly World _world;

    public Silo(World world, LedgerOptions options)
    {
        _world = world;
        Book = new LeaseBook(new FaultyStore(this), options, world.Clock, NullLogger<LeaseBook>.Instance);
    }

    public LeaseBook Book { get; }
    public Weather Weather { get; set; }

    /// <summary>True once killed or stopped: nothing in it runs any more.</summary>
    public bool Dead { get; private set; }

    /// <summary>True once it has stopped with nothing left to tell the store.</summary>
    public bool ToldAll { get; private set; }

    /// <summary>When the last heartbeat that was answered was sent; kept apart from the book's own gate, which it checks.</summary>
    public DateTimeOffset LastBeatSent { get; set; } = DateTimeOffset.MinValue;

    /// <summary>Keys that are active by this silo's catalog.</summary>
    public (long Version, ImmutableHashSet<string> Keys) Catalog { get; private set; } = (-1, []);

    public Task Stopped { get; private set; } = Task.CompletedTask;

    SimClock IStoreClient.Clock => _world.Clock;

    Random IStoreClient.Random => _world.Random;

    InMemoryLedgerStore IStoreClient.Store => _world.Store;

    public bool CrashesNow() => _world.CrashesNow(this);

    public T Transact<T>(Func<Task<T>> transaction) => _world.Transact(transaction);

    public void Registered(Guid holderId) => _world.SiloOfHolder[holderId] = this;

    public void Beat(DateTimeOffset sentAt)
    {
        if (sentAt > LastBeatSent) LastBeatSent = sentAt;
    }

    public async Task RunAsync()
    {
        await Book.StartAsync(default);
        var seen = -1L;
        while (!Dead)
        {
            await Book.CatalogBeyondAsync(seen, default);
            await Task.Delay(_world.Ms(0, 1_000), _world.Clock);
            if (Dead) return;
            Catalog = (_world.Store.CatalogVersion, _world.ActiveKeys());
            Book.TakeCatalog(Catalog.Version, _ => _world.Random.NextDouble() < 0.8);
            seen = Catalog.Version;
        }
    }

    public void Crash()
    {
        if (Dead) return;
        Dead = true;
        Stopped = Book.DisposeAsync().AsTask();
    }

    public async Task StopAsync()
    {
        if (Dead) return;
        await Book.StopAsync(default);
        ToldAll = !Dead && Book.Stats() is { Leases: 0, Holds: 0, UnpostedEntries: 0 };
        Dead = true;
    }
}
