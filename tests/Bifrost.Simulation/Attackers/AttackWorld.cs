using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation.Attackers;

/// <summary>
/// One seeded run of attackers: callers who mean to spend more than they may, on upstreams that take all they can and tell what they like,
/// against budgets at six levels, on silos behind bad lines to the store. First all of them at once, then calm; then what the upstreams truly
/// did, at the price sheet, must be within every limit, and an honest caller must be paid while money is left. The product's own are the
/// scan of the body, the pipeline with what it books, the keys' rules, the lease books and the store's transaction; simulated are the engine,
/// the upstreams in place of the dispatcher, and the way of a broken bound into the catalog.
/// </summary>
internal sealed partial class AttackWorld
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(20);

    private readonly SimContext _context;
    private readonly List<AttackSilo> _silos = [];
    private readonly Dictionary<string, AttackSilo> _directory = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BrokenBound> _brokenBounds = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<Guid, CreditLease> _forgotten = [];
    private readonly LedgerInvariants _invariants = new();
    private Exception? _failure;
    private double _crashChance;
    private bool _trouble = true;
    private int _bumps;

    public AttackWorld(int seed, AttackFlaw flaw = AttackFlaw.None)
    {
        Random = new Random(seed);
        Flaw = flaw;
        _context = new SimContext(Random);
        Store = new InMemoryLedgerStore(Clock) { Committed = Committed };
        SomeDataIsWrong = Random.Next(5) == 0;
        Catalog = new AttackCatalog(Random, flaw, Clock.GetUtcNow(), SomeDataIsWrong);
        LedgerOptions = new LedgerOptions
        {
            BatchTimeout = TimeSpan.FromSeconds(2),
            HoldWaitMax = TimeSpan.FromSeconds(1),
            LongestCall = TimeSpan.FromSeconds(90),
            Drain = TimeSpan.FromSeconds(10),
            StopWaitMax = TimeSpan.FromSeconds(5),
            TickEvery = TimeSpan.FromMilliseconds(250),
        };
        PipelineOptions = new PipelineOptions
        {
            RequestTimeoutMs = 60_000,
            DrainTimeoutMs = 8_000,
            DrainsMax = Random.Next(3) == 0 ? 2 : 1_000,
        };
        _crashChance = Random.Next(3) == 0 ? 0.0005 : 0;
    }

    public SimClock Clock { get; } = new();
    public Random Random { get; }
    public AttackFlaw Flaw { get; }
    public AttackCatalog Catalog { get; }
    public InMemoryLedgerStore Store { get; }
    public LedgerOptions LedgerOptions { get; }
    public PipelineOptions PipelineOptions { get; }

    /// <summary>True when a row of the price sheet is wrong.</summary>
    public bool SomeDataIsWrong { get; }

    /// <summary>The body of the call in whose flow this is read.</summary>
    public AsyncLocal<AttackBody?> Current { get; } = new();

    /// <summary>What upstreams truly did.</summary>
    public List<TrueCall> TrueCalls { get; } = [];

    /// <summary>What was admitted, with what the silo knew of the model's bound before.</summary>
    public Dictionary<Guid, (Ticket Ticket, int KnownThousandths)> Tickets { get; } = [];

    /// <summary>For a flaw: what calls taught, by key, provider and model.</summary>
    public Dictionary<(string Key, string Provider, string Model), TokenRatio> Learned { get; } = [];

    public int Answered { get; private set; }
    public int Refused { get; private set; }
    public int Left { get; private set; }
    public int Clamped { get; private set; }
    public int Estimated { get; private set; }
    public int Broken => _brokenBounds.Count;
    public int HonestPaid { get; private set; }
    public int Full { get; private set; }

    public static ImmutableArray<byte> HashOf(string key) => [.. SHA256.HashData(Encoding.UTF8.GetBytes(key))];

    /// <summary>What a caller cannot tell from a call that was made.</summary>
    public static bool IsNoAnswer(Exception e) =>
        e is StoreAwayException or StoreUnavailableException or AttackSiloGoneException or TimeoutException or OperationCanceledException
        || (e is InvalidOperationException && e.Message.StartsWith("The ledger ", StringComparison.Ordinal));

    /// <summary>Runs the whole scenario; throws what went wrong.</summary>
    public void Run() => _context.Run(ScenarioAsync, Clock, LongestRun, ThrowFailure, static what => new AttackBrokenException(what));

    public TimeSpan Ms(int from, int to) => TimeSpan.FromMilliseconds(Random.Next(from, to + 1));

    /// <summary>Ends the run; the first reason counts.</summary>
    public void Fail(Exception e) => _failure ??= e;

    public TrueCall? TrueCallOf(Guid attemptId) => TrueCalls.FindLast(call => call.AttemptId == attemptId);

    /// <summary>One transaction of the store; what it finds broken ends the run, whoever catches the exception.</summary>
    public T Transact<T>(Func<Task<T>> transaction)
    {
        try
        {
            return Finished.Value(transaction());
        }
        catch (Exception e)
        {
            Fail(e);
            throw;
        }
    }

    /// <summary>True when the seed kills this silo at this very step.</summary>
    public bool CrashesNow(AttackSilo silo)
    {
        if (silo.Dead || Random.NextDouble() >= _crashChance) return false;
        Kill(silo);
        return true;
    }

    /// <summary>What is configured now, with the broken bounds.</summary>
    public CatalogSnapshot SnapshotNow() => Catalog.Snapshot with
    {
        Version = Store.CatalogVersion,
        BrokenBounds = _brokenBounds.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
    };

    /// <summary>A broken bound comes into the catalog, only upward.</summary>
    public void Keep(BrokenBound broken)
    {
        if (_brokenBounds.GetValueOrDefault(broken.Model)?.Thousandths >= broken.Thousandths) return;
        _brokenBounds[broken.Model] = broken;
        Transact(() => Store.ApplyAsync(new LedgerCatalogChange { Keys = [new KeyState("bump", _bumps++ % 2 == 0)] }, default));
    }

    /// <summary>A call of a key's grain: mostly the activation that the directory knows, sometimes another one.</summary>
    public async Task<T> CallKeyAsync<T>(string key, Func<AttackSilo, Task<T>> call)
    {
        if (_silos.Count == 0) throw new AttackSiloGoneException();
        var host = _directory.GetValueOrDefault(key);
        if (host is null || host.Dead) _directory[key] = host = Pick(_silos);
        else if (_trouble && Random.Next(10) == 0) host = Pick(_silos);
        if (Random.Next(4) == 0) await Task.Delay(Ms(0, _trouble ? 100 : 2), Clock);
        host.Live();
        var reply = await call(host);
        host.Live();

        // The answer is lost on its way back.
        return _trouble && Random.Next(150) == 0 ? throw new TimeoutException() : reply;
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

    private void ThrowFailure()
    {
        if (_failure is not null) throw new AttackBrokenException($"{_failure.Message}{Environment.NewLine}{_failure.StackTrace}");
    }

    private void Committed(LedgerChange change)
    {
        foreach (var lease in change.Forgotten) _forgotten.TryAdd(lease.Id, lease);
        _invariants.Check(change);
    }

    private void Kill(AttackSilo silo)
    {
        silo.Crash();
        _silos.Remove(silo);
        foreach (var call in TrueCalls)
            if (call.Silo == silo) call.Close(silo.DiedAt);
        Clock.After(Ms(0, 3_000), AddSilo);
    }

    private void AddSilo()
    {
        var silo = new AttackSilo(this);
        _silos.Add(silo);
        Observe(silo.RunAsync());
    }

    private T Pick<T>(IReadOnlyList<T> of) => of[Random.Next(of.Count)];
}
