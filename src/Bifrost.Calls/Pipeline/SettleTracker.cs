using Bifrost.Calls.Telemetry;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// Settles every admitted try, even when its client has left. A place is reserved before admission, so that a
/// settlement is never refused; it is repeated until the key's grain says that it is durable. One per process.
/// </summary>
public sealed class SettleTracker(PipelineOptions options, TimeProvider time, ILogger<SettleTracker> log, CallMeter? meter = null)
{
    private readonly Lock _gate = new();

    // Both under _gate.
    private int _unsettled;
    private TaskCompletionSource? _emptied;

    /// <summary>Tries that are admitted, or about to be, and not yet settled durably.</summary>
    public int Unsettled
    {
        get
        {
            lock (_gate) return _unsettled;
        }
    }

    /// <summary>Takes a place for one try; false when all are taken. A place ends with <see cref="Start"/> or <see cref="Release"/>.</summary>
    public bool TryReserve()
    {
        lock (_gate)
        {
            if (_unsettled >= options.UnsettledMax) return false;
            _unsettled++;
            return true;
        }
    }

    /// <summary>Gives back the place of a try that holds nothing.</summary>
    public void Release()
    {
        TaskCompletionSource? emptied = null;
        lock (_gate)
        {
            if (--_unsettled == 0) (emptied, _emptied) = (_emptied, null);
        }

        emptied?.SetResult();
    }

    /// <summary>Settles a try that has a place; it cannot be cancelled. Completes when the entry is durable, and never fails.</summary>
    public Task Start(KeyReference key, Settlement settlement) => RepeatAsync(key, settlement);

    /// <summary>Completes when nothing is unsettled, or when <paramref name="limit"/> is over; answers how many are left.</summary>
    public async Task<int> DrainAsync(TimeSpan limit)
    {
        Task emptied;
        lock (_gate)
        {
            if (_unsettled == 0) return 0;
            _emptied ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            emptied = _emptied.Task;
        }

        try
        {
            await emptied.WaitAsync(limit, time);
            return 0;
        }
        catch (TimeoutException)
        {
            return Unsettled;
        }
    }

    private async Task RepeatAsync(KeyReference key, Settlement settlement)
    {
        var (endedAt, pauseMs) = (time.GetTimestamp(), options.SettleBackoffInitialMs);
        for (var tries = 1; ; tries++)
        {
            try
            {
                await key.SettleAsync(settlement);
                break;
            }
            catch (Exception e)
            {
                // Whatever failed, the money is not booked yet: only durability ends this.
                Log.SettlementRepeated(log, settlement.Ticket.AttemptId, settlement.Ticket.VirtualKeyId, tries, pauseMs, e);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(pauseMs), time);
            pauseMs = (int)Math.Min(pauseMs * 2L, options.SettleBackoffMaxMs);
        }

        meter?.Settled(endedAt);
        Release();
    }
}
