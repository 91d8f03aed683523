using System.Collections.Immutable;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;

namespace Bifrost.Simulation;

/// <summary>
/// One seeded run: silos, callers, an operator and a store behind bad lines, on one thread and one clock. First trouble, then calm; then
/// everybody who can be paid must be paid, and every nano-dollar must be found again.
/// </summary>
internal sealed partial class World
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(10);

    private readonly SimContext _context;
    private readonly LedgerOptions _options;
    private readonly List<Silo> _silos = [];
    private Exception? _failure;
    private double _crashChance;

    public World(int seed, LedgerFlaw flaw = LedgerFlaw.None)
    {
        Random = new Random(seed);
        _context = new SimContext(Random);

        Store = new FlawedLedgerStore(Clock, flaw)
        {
            // Shorter than the latest command is late, so that some come for a lease that was deleted.
            Forgotten = new ForgottenLeases(TimeSpan.FromMilliseconds(LateMsMax / 3), LedgerLimits.UsedLeaseKept),
            Committed = Committed,
        };
        _options = new LedgerOptions
        {
            BatchTimeout = TimeSpan.FromSeconds(2),
            HoldWaitMax = TimeSpan.FromSeconds(1),
            LongestCall = LongestCall,
            Drain = TimeSpan.FromSeconds(5),
            StopWaitMax = TimeSpan.FromSeconds(5),
            TickEvery = TimeSpan.FromMilliseconds(250),
            BatchCommandsMax = Random.Next(3) == 0 ? 4 : LedgerLimits.BatchCommandsMax,
            UnpostedMax = Random.Next(3) == 0 ? 20 : 1_000,
            WaitersPerChainMax = Random.Next(3) == 0 ? 3 : 100,
        };
        _crashChance = Random.Next(2) == 0 ? 0.004 : 0;
        _releases = Random.Next(3) == 0;
    }

    public SimClock Clock { get; } = new();
    public Random Random { get; }
    public InMemoryLedgerStore Store { get; }
    public Dictionary<Guid, Silo> SiloOfHolder { get; } = [];
    public int Admitted { get; private set; }
    public int Refused { get; private set; }

    /// <summary>Calls admitted with less than their need.</summary>
    public int HeldShort { get; private set; }
    public int Transactions { get; private set; }

    /// <summary>Runs the whole scenario; throws what went wrong.</summary>
    public void Run() => _context.Run(ScenarioAsync, Clock, LongestRun, ThrowFailure, what => new LedgerBrokenException(what));

    public TimeSpan Ms(int from, int to) => TimeSpan.FromMilliseconds(Random.Next(from, to + 1));

    public ImmutableHashSet<string> ActiveKeys() => Store.Keys.Where(k => k.Value).Select(k => k.Key).ToImmutableHashSet();

    /// <summary>One transaction of the store; what it finds broken ends the run, whoever catches the exception.</summary>
    public T Transact<T>(Func<Task<T>> transaction)
    {
        try
        {
            Transactions++;
            var reply = Finished.Value(transaction());
            if (Random.Next(50) == 0) CheckRepeat(transaction);
            return reply;
        }
        catch (Exception e)
        {
            _failure ??= e;
            throw;
        }
    }

    /// <summary>True when the seed kills this silo at this very step.</summary>
    public bool CrashesNow(Silo silo)
    {
        if (silo.Dead || Random.NextDouble() >= _crashChance) return false;
        Kill(silo);
        return true;
    }

    public void Fail(string what) => _failure ??= new LedgerBrokenException(what);

    private void ThrowFailure()
    {
        if (_failure is not null) throw new LedgerBrokenException($"{_failure.Message}{Environment.NewLine}{_failure.StackTrace}");
    }

    private void CheckRepeat<T>(Func<Task<T>> transaction)
    {
        var before = LedgerFingerprint.Of(Store);
        Finished.Value(transaction());
        if (LedgerFingerprint.Of(Store) != before) Fail("repeating a command changes something");
    }

    private void Kill(Silo silo)
    {
        silo.Crash();
        _silos.Remove(silo);
        Clock.After(Ms(0, 3_000), AddSilo);
    }

    private void AddSilo()
    {
        var silo = new Silo(this, _options);
        _silos.Add(silo);
        Observe(silo.RunAsync());
    }

    /// <summary>Whatever runs beside the scenario must not fail unseen.</summary>
    private void Observe(Task task) => _ = ObserveAsync(task);

    private async Task ObserveAsync(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception e)
        {
            _failure ??= e;
        }
    }
}
