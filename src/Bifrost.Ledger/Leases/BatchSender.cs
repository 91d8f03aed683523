using Bifrost.Ledger.Signals;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The loop that sends the silo's commands: one batch at a time, each repeated until the store has answered it. A broken loop admits nobody
/// any more. Takes the book's lock to make a batch and to take its answer, never while the store is asked.
/// </summary>
internal sealed class BatchSender(
    ILedgerStore store, LedgerOptions options, LeaseTable table, HolderHeartbeat heartbeat, BatchSignal batches, BookClock clock,
    BookLifetime life, ILogger log)
{
    private readonly AsyncSignal _drained = new();

    // Both under the book's lock.
    private TimeSpan? _outSince;
    private TimeSpan _lastTook;

    /// <summary>Batches that the store has answered. Written under the book's lock, as is <see cref="Failures"/>.</summary>
    public long Answered { get; private set; }

    /// <summary>Deliveries of a batch that got no answer.</summary>
    public long Failures { get; private set; }

    /// <summary>How long the batch that is out waits for its answer, or how long the last one did. For who holds the book's lock.</summary>
    public TimeSpan Lag(TimeSpan now) => _outSince is { } since ? now - since : _lastTook;

    public async Task RunAsync()
    {
        try
        {
            while (await WorkAsync())
            {
                BatchInFlight? batch;
                lock (table.Guard)
                {
                    batch = table.Batches.Next(clock.Now);
                    _outSince = batch is null ? null : clock.Now;
                }

                if (batch is not null && !await SendAsync(batch)) return;
            }
        }
        catch (Exception e)
        {
            lock (table.Guard) table.Ends.Stop();
            Log.WriterBroke(log, e);
        }
    }

    /// <summary>Completes when a stopping silo has told the store everything; to be taken before the stop begins.</summary>
    public Task Drained => _drained.Next;

    /// <summary>Waits for <see cref="Drained"/>, or as long as a stop may take.</summary>
    public Task DrainAsync(Task drained, CancellationToken cancellationToken) =>
        _drained.WaitAsync(drained, options.StopWaitMax, clock.Provider, cancellationToken);

    /// <summary>Waits until a batch is worth sending; false at the end.</summary>
    private async Task<bool> WorkAsync()
    {
        while (true)
        {
            var next = batches.Next;
            bool work;
            bool urgent;
            lock (table.Guard)
            {
                if (life.Finished) return false;
                if (table.Gate.IsStopping && table.IsDrained) _drained.Pulse();
                work = table.Batches.HasWork;
                urgent = table.Batches.IsUrgent;
            }

            if (urgent && work) return true;
            if (!work)
            {
                await next.Work;
                continue;
            }

            await batches.CompanyAsync(next.Urgent, options.BatchDelay, clock.Provider);
            return true;
        }
    }

    /// <summary>Repeats a batch until the store has answered it; false when the book ends first.</summary>
    private async Task<bool> SendAsync(BatchInFlight batch)
    {
        var pause = options.RetryDelay;
        using var span = LedgerTraces.Batch(batch);
        for (var failures = 0; ; failures++)
        {
            var sentAt = clock.Now;
            var reply = await TryRunAsync(batch.Batch, failures == 0);
            if (reply is not null)
            {
                Take(batch, reply, sentAt);
                if (failures > 0) Log.BatchesBack(log, failures);
                return true;
            }

            if (!await life.PauseAsync(pause)) return false;
            pause = pause * 2 < options.RetryDelayMax ? pause * 2 : options.RetryDelayMax;
            lock (table.Guard)
            {
                Failures++;
                batch = table.Batches.Repeat(batch);
            }
        }
    }

    private void Take(BatchInFlight batch, LedgerBatchReply reply, TimeSpan sentAt)
    {
        ImmutableArray<LedgerEntry> rejected;
        bool unknown;
        lock (table.Guard)
        {
            Answered++;
            (_lastTook, _outSince) = (Lag(clock.Now), null);
            rejected = table.Batches.Done(batch, reply, sentAt, clock.Now);
            unknown = !table.Gate.Registered;
        }

        if (unknown) heartbeat.BeatNow();
        foreach (var entry in rejected) Log.EntryRejected(log, entry.AttemptId, entry.LeaseId, entry.VirtualKeyId, entry.CostNanos);
    }

    private async Task<LedgerBatchReply?> TryRunAsync(LedgerBatch batch, bool first)
    {
        using var timeout = new CancellationTokenSource(options.BatchTimeout, clock.Provider);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, life.Ending);
        try
        {
            // Also when the store ignores the token this delivery counts as lost by then.
            return await store.RunAsync(batch, giveUp.Token).WaitAsync(giveUp.Token);
        }
        catch (Exception e)
        {
            if (e is BudgetBelowZeroException) table.Invariants.Violate(Invariant.BudgetNotNegative, -1, 0);
            if (first && !life.Finished) Log.BatchFailed(log, batch.Count, e);
            return null;
        }
    }
}
