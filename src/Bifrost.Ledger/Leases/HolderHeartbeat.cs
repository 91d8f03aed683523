using Bifrost.Ledger.Signals;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The loop that keeps this process's holder alive and learns of newer catalogs. Admission lasts from when a heartbeat was sent, never from
/// when it was answered, and an answer for another holder id than the one in use is dropped. Takes the book's lock before and after the
/// store's answer, never over it.
/// </summary>
internal sealed class HolderHeartbeat(
    ILedgerStore store, LedgerOptions options, LeaseTable table, AsyncSignal catalogMoved, BatchSignal batches, BookClock clock,
    BookLifetime life, ILogger log)
{
    private readonly AsyncSignal _due = new();
    private volatile bool _storeReached;
    private volatile StoreView? _view;

    /// <summary>Whether the store answered the last heartbeat.</summary>
    public bool StoreReached => _storeReached;

    /// <summary>How the store was at the last heartbeat that it answered; null before the first.</summary>
    public StoreView? View => _view;

    /// <summary>Sends the next heartbeat at once.</summary>
    public void BeatNow() => _due.Pulse();

    public async Task RunAsync()
    {
        var failed = false;
        while (true)
        {
            var due = _due.Next;
            if (life.Finished) return;
            try
            {
                var holderId = await BeatAsync();
                if (!_storeReached) Log.HeartbeatsBack(log, holderId);
                (_storeReached, failed) = (true, false);
            }
            catch (Exception e)
            {
                if (!failed && !life.Finished) Log.HeartbeatFailed(log, (long)options.HolderTtl.TotalMilliseconds, e);
                (_storeReached, failed) = (false, true);
            }

            await _due.WaitAsync(due, options.HeartbeatEvery, clock.Provider);
        }
    }

    private async Task<Guid> BeatAsync()
    {
        var gate = table.Gate;
        Guid holderId;
        bool registered;
        long taken;
        TimeSpan sentAt;
        lock (table.Guard) (holderId, registered, taken, sentAt) = (gate.HolderId, gate.Registered, gate.TakenVersion, clock.Now);
        var sentUtc = clock.Provider.GetUtcNow();
        var asked = registered
            ? store.HeartbeatAsync(holderId, options.HolderTtl, taken, life.Ending)
            : store.RegisterHolderAsync(holderId, options.HolderTtl, taken, life.Ending);
        var reply = await asked.WaitAsync(options.HeartbeatTimeout, clock.Provider, life.Ending);
        var latency = clock.Now - sentAt;
        _view = new StoreView(latency, reply.Now - (sentUtc + (latency / 2)));
        var moved = false;
        lock (table.Guard)
        {
            if (holderId != gate.HolderId)
            {
                // A batch found this holder dead meanwhile.
                _due.Pulse();
                return gate.HolderId;
            }

            if (reply.Alive)
            {
                var before = gate.KnownVersion;
                gate.Answered(sentAt, clock.Now, reply);
                moved = gate.KnownVersion > before;
            }
            else
            {
                table.Ends.LoseHolder();
                _due.Pulse();
            }
        }

        if (!reply.Alive) Log.HolderLost(log, holderId);
        if (moved) catalogMoved.Pulse();
        batches.SetWork();
        return holderId;
    }
    /// <summary>How the store was at one heartbeat.</summary>
    /// <param name="Latency">From sending to the answer.</param>
    /// <param name="Skew">The store's clock less this process's.</param>
    internal sealed record StoreView(TimeSpan Latency, TimeSpan Skew);
}
