using Bifrost.Ledger.Signals;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The silo's credit against a store, for any thread: takes the lock of <see cref="LeaseTable"/> for each step, then wakes the loops.
/// Only the loops await the store, so a store that is away never blocks a caller longer than <see cref="LedgerOptions.HoldWaitMax"/>.
/// </summary>
public sealed class LeaseBook : ILeaseBook, IAsyncDisposable
{
    private readonly BookClock _clock;
    private readonly BookLifetime _life;
    private readonly HolderGate _gate;
    private readonly LeaseTable _table;
    private readonly AsyncSignal _catalogMoved = new();
    private readonly BatchSignal _batches = new();
    private readonly BatchSender _sender;
    private readonly HolderHeartbeat _heartbeat;
    private readonly BookLoops _loops;

    public LeaseBook(ILedgerStore store, LedgerOptions options, TimeProvider time, ILogger<LeaseBook> log)
    {
        _clock = new BookClock(time);
        _life = new BookLifetime(time);
        _gate = new HolderGate(options.HolderTtl);
        _gate.Begin(_clock.NewId());
        _table = new LeaseTable(options, _gate, _clock.NewId, new InvariantWatch
        {
            Violated = (invariant, value, limit) => Log.InvariantViolated(log, invariant, value, limit),
        });
        _heartbeat = new HolderHeartbeat(store, options, _table, _catalogMoved, _batches, _clock, _life, log);
        _sender = new BatchSender(store, options, _table, _heartbeat, _batches, _clock, _life, log);
        var sweep = new HolderSweep(store, options, _clock, _life, log);
        var ticker = new LeaseTicker(options, _table, _batches, _clock, _life);
        _loops = new BookLoops(_table, _sender, _heartbeat, sweep, ticker, _batches, _clock, _life, log);
    }

    /// <inheritdoc/>
    public bool MayAdmit => _gate.MayAdmit(_clock.Now);

    /// <inheritdoc/>
    public long CatalogVersion
    {
        get
        {
            lock (_table.Guard) return _gate.KnownVersion;
        }
    }

    /// <summary>Counts of invariants that did not hold.</summary>
    public InvariantWatch Invariants => _table.Invariants;

    /// <summary>Starts the loops and returns; the store may be away.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loops.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<HoldReply> HoldAsync(HoldRequest request, CancellationToken cancellationToken)
    {
        if (request.NeedNanos < 0) throw new ArgumentOutOfRangeException(nameof(request), request.NeedNanos, "A need is not negative.");
        if (request.LeastNanos < Math.Min(1, request.NeedNanos) || request.LeastNanos > request.NeedNanos)
            throw new ArgumentOutOfRangeException(nameof(request), request.LeastNanos, "A least is above 0 and at most the need.");
        Attempt? waiter;
        HoldReply reply;
        bool urgent;
        bool work;
        lock (_table.Guard)
        {
            reply = _table.Admission.Hold(request, _clock.Now, out waiter);
            work = _table.Batches.HasWork;
            urgent = _table.Batches.IsUrgent;
        }

        if (work) _batches.SetWork();
        if (urgent) _batches.SetUrgent();
        return waiter is null ? new ValueTask<HoldReply>(reply) : new ValueTask<HoldReply>(WaitAsync(waiter, cancellationToken));
    }

    /// <inheritdoc/>
    public ChainRoom RoomOf(BudgetChain chain)
    {
        lock (_table.Guard) return _table.RoomOf(chain, _clock.Now);
    }

    /// <inheritdoc/>
    public Task PostAsync(LedgerEntry entry)
    {
        if (entry.CostNanos < 0) throw new ArgumentOutOfRangeException(nameof(entry), entry.CostNanos, "A cost is not negative.");
        Task posted;
        bool urgent;
        lock (_table.Guard)
        {
            if (_life.Finished) return Task.FromException(new InvalidOperationException("The ledger has stopped."));
            posted = _table.Settlement.Post(entry, _clock.Now);
            urgent = _table.Batches.IsUrgent;
        }

        _batches.SetWork();
        if (urgent) _batches.SetUrgent();
        return posted;
    }

    /// <inheritdoc/>
    public void Leave(Guid attemptId)
    {
        lock (_table.Guard) _table.Ends.Leave(attemptId, _clock.Now);
        _batches.SetWork();
    }

    /// <inheritdoc/>
    public void TakeCatalog(long version, Func<BudgetChain, bool> stillFits)
    {
        lock (_table.Guard) _table.Ends.TakeCatalog(version, stillFits);
        _batches.SetWork();
        _heartbeat.BeatNow();
    }

    /// <inheritdoc/>
    public async Task<long> CatalogBeyondAsync(long seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            var moved = _catalogMoved.Next;
            if (CatalogVersion is var known && known > seen) return known;
            await _catalogMoved.WaitAsync(moved, Timeout.InfiniteTimeSpan, _clock.Provider, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public LeaseBookStats Stats()
    {
        lock (_table.Guard)
        {
            var view = _heartbeat.View;
            return _table.Stats(_clock.Now) with
            {
                StoreReached = _heartbeat.StoreReached,
                StoreLatency = view?.Latency,
                ClockSkew = view?.Skew,
                BatchLag = _sender.Lag(_clock.Now),
                Batches = _sender.Answered,
                BatchFailures = _sender.Failures,
            };
        }
    }

    /// <summary>
    /// Admits no call any more, waits for the entries of calls that end within <see cref="LedgerOptions.StopWaitMax"/> to be durable, gives
    /// all credit back, and ends the loops.
    /// </summary>
    public Task StopAsync(CancellationToken cancellationToken) => _loops.StopAsync(cancellationToken);

    /// <summary>Ends the loops at once, as a crash would; what is not durable fails.</summary>
    public ValueTask DisposeAsync() => _loops.EndAsync();

    private async Task<HoldReply> WaitAsync(Attempt waiter, CancellationToken cancellationToken)
    {
        await using var _ = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (table, left) = ((LeaseTable, Attempt))state!;
                lock (table.Guard)
                {
                    if (!table.Waiters.Leave(left)) return;
                }

                left.Answer!.TrySetCanceled(token);
            },
            (_table, waiter));
        return await waiter.Answer!.Task;
    }
}
