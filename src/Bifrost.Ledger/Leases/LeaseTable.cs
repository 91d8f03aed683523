namespace Bifrost.Ledger.Leases;

/// <summary>
/// The silo's credit in memory: makes the objects that hold its rules and gives them one lock. They do no I/O and are told the time.
/// Each step reads and writes several of them, so all are used under <see cref="Guard"/>; <see cref="HolderGate.MayAdmit"/> alone is not.
/// </summary>
internal sealed class LeaseTable
{
    private readonly AttemptIndex _attempts;
    private readonly BudgetIndex _budgets;
    private readonly ChainIndex _chains;
    private readonly LeaseRegister _leases;
    private readonly EntryQueue _entries;

    public LeaseTable(LedgerOptions options, HolderGate gate, Func<Guid> newId, InvariantWatch? invariants = null)
    {
        Invariants = invariants ?? new InvariantWatch();
        Gate = gate;
        var giveBacks = new GiveBackQueue();
        _budgets = new BudgetIndex(options, giveBacks);
        _attempts = new AttemptIndex(options, Invariants);
        _chains = new ChainIndex(_budgets);
        _leases = new LeaseRegister(giveBacks);
        _entries = new EntryQueue(options, _attempts, _leases, giveBacks, Invariants);
        var acquires = new AcquireQueue(options, gate, _leases, newId);
        Waiters = new CreditWaiters(options, gate, _attempts, acquires);
        Admission = new CreditAdmission(options, gate, _attempts, _chains, Waiters, acquires);
        Settlement = new CreditSettlement(_attempts, _entries, Waiters, _leases, giveBacks, Invariants);
        Ends = new LeaseEnds(options, gate, _chains, _leases, _attempts, Waiters, acquires, giveBacks, newId);
        var replies = new AcquireReplyHandler(options, gate, _leases, _budgets, Waiters, Ends, Invariants);
        Batches = new BatchBuilder(options, gate, _entries, giveBacks, acquires, Waiters, _leases, replies);
    }

    /// <summary>The book's lock: held for one step, never while the store is awaited.</summary>
    public Lock Guard { get; } = new();

    public InvariantWatch Invariants { get; }
    public HolderGate Gate { get; }
    public CreditAdmission Admission { get; }
    public CreditWaiters Waiters { get; }
    public CreditSettlement Settlement { get; }
    public BatchBuilder Batches { get; }
    public LeaseEnds Ends { get; }

    /// <summary>True when all is told: no call runs, no entry waits, no lease is left.</summary>
    public bool IsDrained => _attempts.IsEmpty && _leases.Count == 0;

    /// <summary>The end: entries that are not durable fail.</summary>
    public void Abandon() => _attempts.Abandon();

    /// <summary>What is known of a chain's credit at this moment; allocates nothing.</summary>
    public ChainRoom RoomOf(BudgetChain chain, TimeSpan now) => _budgets.Room(chain, _chains.HeldNanos(chain), now);

    public LeaseBookStats Stats(TimeSpan now) => new()
    {
        HolderId = Gate.Registered ? Gate.HolderId : Guid.Empty,
        MayAdmit = Gate.MayAdmit(now),
        Chains = _chains.Count,
        Leases = _leases.Count,
        Holds = _attempts.Held,
        Waiters = _attempts.Waiting,
        UnpostedEntries = _entries.Count,
        HoldersLost = Gate.Lost,
        Batches = 0,
        BatchFailures = 0,
    };
}
