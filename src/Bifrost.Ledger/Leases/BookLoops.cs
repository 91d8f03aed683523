using Microsoft.Extensions.Logging;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// The book's four loops, begun together and ended together, once: batches, heartbeats, sweeps, ticks. After their end every entry is
/// durable or has failed. Stopped by any thread; takes the book's lock for each step.
/// </summary>
internal sealed class BookLoops(
    LeaseTable table, BatchSender sender, HolderHeartbeat heartbeat, HolderSweep sweep, LeaseTicker ticker, BatchSignal batches,
    BookClock clock, BookLifetime life, ILogger log)
{
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.WhenAll(sender.RunAsync(), heartbeat.RunAsync(), sweep.RunAsync(), ticker.RunAsync());

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var drained = sender.Drained;
        lock (table.Guard) table.Ends.Stop();
        batches.SetWork();
        batches.SetUrgent();
        await sender.DrainAsync(drained, cancellationToken);
        LeaseBookStats left;
        lock (table.Guard) left = table.Stats(clock.Now);
        if (left.UnpostedEntries + left.Holds > 0) Log.StoppedEarly(log, left.UnpostedEntries, left.Holds);
        await EndAsync();
    }

    /// <summary>Ends the loops at once; what is not durable fails.</summary>
    public async ValueTask EndAsync()
    {
        lock (table.Guard)
        {
            if (!life.TryFinish()) return;
            table.Ends.Stop();
        }

        life.CancelWaits();
        batches.SetWork();
        batches.SetUrgent();
        heartbeat.BeatNow();
        await _running;
        lock (table.Guard) table.Abandon();
        life.Dispose();
    }
}
