using Bifrost.Ledger.Signals;
using Bifrost.Ledger.Ids;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The silo's credit against a store: guards <see cref="LeaseTable"/> with one lock, runs its batches one at a time, keeps the holder alive
/// and sweeps the dead. Nothing here awaits the store but the loops, so a store that is away never blocks a caller longer than
/// <see cref="LedgerOptions.HoldWaitMax"/>.
/// </summary>
public sealed partial class LeaseBook : ILeaseBook, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly ILedgerStore _store;
    private readonly LedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LeaseBook> _log;
    private readonly long _origin;
    private readonly HolderGate _gate;
    private readonly LeaseTable _table;
    private readonly AsyncSignal _catalogMoved = new();

    public LeaseBook(ILedgerStore store, LedgerOptions options, TimeProvider time, ILogger<LeaseBook> log)
    {
        (_store, _options, _time, _log) = (store, options, time, log);
        _origin = time.GetTimestamp();
        _gate = new HolderGate(options.HolderTtl);
        _gate.Begin(NewId());
        _table = new LeaseTable(options, _gate, NewId);
    }

    /// <inheritdoc/>
    public bool MayAdmit => _gate.MayAdmit(Now);

    /// <inheritdoc/>
    public long CatalogVersion
    {
        get
        {
            lock (_lock) return _gate.KnownVersion;
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_origin);

    /// <inheritdoc/>
    public ValueTask<HoldReply> HoldAsync(HoldRequest request, CancellationToken cancellationToken)
    {
        if (request.NeedNanos < 0) throw new ArgumentOutOfRangeException(nameof(request), request.NeedNanos, "A need is not negative.");
        Attempt? waiter;
        HoldReply reply;
        bool hurry;
        bool work;
        lock (_lock)
        {
            reply = _table.Hold(request, Now, out waiter);
            work = _table.HasWork;
            hurry = _table.IsUrgent;
        }

        if (work) _work.Pulse();
        if (hurry) _hurry.Pulse();
        return waiter is null ? new ValueTask<HoldReply>(reply) : new ValueTask<HoldReply>(WaitAsync(waiter, cancellationToken));
    }

    /// <inheritdoc/>
    public Task PostAsync(LedgerEntry entry)
    {
        if (entry.CostNanos < 0) throw new ArgumentOutOfRangeException(nameof(entry), entry.CostNanos, "A cost is not negative.");
        Task posted;
        bool hurry;
        lock (_lock)
        {
            if (_finished) return Task.FromException(new InvalidOperationException("The ledger has stopped."));
            posted = _table.Post(entry, Now);
            hurry = _table.IsUrgent;
        }

        _work.Pulse();
        if (hurry) _hurry.Pulse();
        return posted;
    }

    /// <inheritdoc/>
    public void TakeCatalog(long version, Func<BudgetChain, bool> stillFits)
    {
        lock (_lock) _table.TakeCatalog(version, stillFits);
        _work.Pulse();
        _beat.Pulse();
    }

    /// <inheritdoc/>
    public async Task<long> CatalogBeyondAsync(long seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            var moved = _catalogMoved.Next;
            if (CatalogVersion is var known && known > seen) return known;
            await _catalogMoved.WaitAsync(moved, Timeout.InfiniteTimeSpan, _time, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public LeaseBookStats Stats()
    {
        lock (_lock) return _table.Stats(Now) with { StoreReached = _storeReached, Batches = _batches, BatchFailures = _batchFailures };
    }

    private async Task<HoldReply> WaitAsync(Attempt waiter, CancellationToken cancellationToken)
    {
        await using var _ = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var (book, left) = ((LeaseBook, Attempt))state!;
                lock (book._lock)
                {
                    if (!book._table.Leave(left)) return;
                }

                left.Answer!.TrySetCanceled(token);
            },
            (this, waiter));
        return await waiter.Answer!.Task;
    }

    private Guid NewId() => Uuid.New(_time);
}
