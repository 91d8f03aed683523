using Bifrost.Ledger.Signals;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

public sealed partial class LeaseBook
{
    private readonly AsyncSignal _work = new();
    private readonly AsyncSignal _hurry = new();
    private readonly AsyncSignal _beat = new();
    private readonly AsyncSignal _drained = new();
    private readonly CancellationTokenSource _ending = new();
    private Task _loops = Task.CompletedTask;
    private bool _stopping;
    private bool _finished;
    private long _batches;
    private long _batchFailures;

    // Written by the heartbeats.
    private volatile bool _storeReached;

    /// <summary>Starts the loops and returns; the store may be away.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loops = Task.WhenAll(WriteAsync(), BeatAsync(), SweepAsync(), TickAsync());
        return Task.CompletedTask;
    }

    /// <summary>
    /// Admits nobody any more, waits for the entries of calls that end within <see cref="LedgerOptions.StopWaitMax"/> to be durable, gives
    /// all credit back, and ends the loops.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var drained = _drained.Next;
        lock (_lock)
        {
            _stopping = true;
            _table.Stop();
        }

        _work.Pulse();
        _hurry.Pulse();
        await _drained.WaitAsync(drained, _options.StopWaitMax, _time, cancellationToken);
        var left = Stats();
        if (left.UnpostedEntries + left.Holds > 0) Log.StoppedEarly(_log, left.UnpostedEntries, left.Holds);
        await DisposeAsync();
    }

    /// <summary>Ends the loops at once, as a crash would; what is not durable fails.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_finished) return;
            _finished = true;
            _table.Stop();
        }

        EndLoops();
        _work.Pulse();
        _hurry.Pulse();
        _beat.Pulse();
        await _loops;
        lock (_lock) _table.Abandon();
        _ending.Dispose();
    }

    private void EndLoops() => _ending.Cancel();

    private async Task WriteAsync()
    {
        try
        {
            while (await WorkAsync())
            {
                BatchInFlight? batch;
                lock (_lock) batch = _table.NextBatch(Now);
                if (batch is not null && !await SendAsync(batch)) return;
            }
        }
        catch (Exception e)
        {
            lock (_lock) _table.Stop();
            Log.WriterBroke(_log, e);
        }
    }

    /// <summary>Waits until a batch is worth sending; false at the end.</summary>
    private async Task<bool> WorkAsync()
    {
        while (true)
        {
            var (moreWork, hurry) = (_work.Next, _hurry.Next);
            bool work;
            bool urgent;
            lock (_lock)
            {
                if (_finished) return false;
                if (_stopping && _table.IsDrained) _drained.Pulse();
                work = _table.HasWork;
                urgent = _table.IsUrgent;
            }

            if (urgent && work) return true;
            if (!work)
            {
                await moreWork;
                continue;
            }

            await _hurry.WaitAsync(hurry, _options.BatchDelay, _time);
            return true;
        }
    }

    /// <summary>Repeats a batch until the store has answered it; false when the book ends first.</summary>
    private async Task<bool> SendAsync(BatchInFlight batch)
    {
        var pause = _options.RetryDelay;
        for (var failures = 0; ; failures++)
        {
            var sentAt = Now;
            var reply = await TryRunAsync(batch.Batch, failures == 0);
            if (reply is not null)
            {
                ImmutableArray<LedgerEntry> rejected;
                bool unknown;
                lock (_lock)
                {
                    _batches++;
                    rejected = _table.Done(batch, reply, sentAt, Now);
                    unknown = !_gate.Registered;
                }

                if (unknown) _beat.Pulse();

                foreach (var entry in rejected)
                    Log.EntryRejected(_log, entry.AttemptId, entry.LeaseId, entry.VirtualKeyId, entry.CostNanos);
                if (failures > 0) Log.BatchesBack(_log, failures);
                return true;
            }

            if (!await PauseAsync(pause)) return false;
            pause = pause * 2 < _options.RetryDelayMax ? pause * 2 : _options.RetryDelayMax;
            lock (_lock)
            {
                _batchFailures++;
                batch = _table.Repeat(batch);
            }
        }
    }

    private async Task<LedgerBatchReply?> TryRunAsync(LedgerBatch batch, bool first)
    {
        using var timeout = new CancellationTokenSource(_options.BatchTimeout, _time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _ending.Token);
        try
        {
            // Also when the store ignores the token this delivery counts as lost by then.
            return await _store.RunAsync(batch, giveUp.Token).WaitAsync(giveUp.Token);
        }
        catch (Exception e)
        {
            if (first && !_finished) Log.BatchFailed(_log, batch.Count, e);
            return null;
        }
    }

    private async Task BeatAsync()
    {
        var failed = false;
        while (true)
        {
            var beat = _beat.Next;
            if (_finished) return;
            try
            {
                var holderId = await BeatOnceAsync();
                if (!_storeReached) Log.HeartbeatsBack(_log, holderId);
                (_storeReached, failed) = (true, false);
            }
            catch (Exception e)
            {
                if (!failed && !_finished) Log.HeartbeatFailed(_log, (long)_options.HolderTtl.TotalMilliseconds, e);
                (_storeReached, failed) = (false, true);
            }

            await _beat.WaitAsync(beat, _options.HeartbeatEvery, _time);
        }
    }

    private async Task<Guid> BeatOnceAsync()
    {
        Guid holderId;
        bool registered;
        long taken;
        TimeSpan sentAt;
        lock (_lock) (holderId, registered, taken, sentAt) = (_gate.HolderId, _gate.Registered, _gate.TakenVersion, Now);
        var asked = registered
            ? _store.HeartbeatAsync(holderId, _options.HolderTtl, taken, _ending.Token)
            : _store.RegisterHolderAsync(holderId, _options.HolderTtl, taken, _ending.Token);
        var reply = await asked.WaitAsync(_options.HeartbeatTimeout, _time, _ending.Token);
        var moved = false;
        lock (_lock)
        {
            if (holderId != _gate.HolderId)
            {
                // A batch found this holder dead meanwhile.
                _beat.Pulse();
                return _gate.HolderId;
            }

            if (reply.Alive)
            {
                var before = _gate.KnownVersion;
                _gate.Answered(sentAt, Now, reply);
                moved = _gate.KnownVersion > before;
            }
            else
            {
                _table.LoseHolder();
                _beat.Pulse();
            }
        }

        if (!reply.Alive) Log.HolderLost(_log, holderId);
        if (moved) _catalogMoved.Pulse();
        _work.Pulse();
        return holderId;
    }

    private async Task SweepAsync()
    {
        while (await PauseAsync(_options.SweepEvery))
        {
            try
            {
                SweepReply swept;
                do
                {
                    swept = await _store.SweepAsync(_options.HolderGrace, _ending.Token).WaitAsync(_options.HeartbeatTimeout, _time, _ending.Token);
                    if (swept.HoldersDied + swept.LeasesDoubted > 0) Log.Swept(_log, swept.HoldersDied, swept.LeasesDoubted);
                }
                while (swept.LeasesDoubted >= LedgerLimits.SweepLeasesMax);
            }
            catch (Exception e)
            {
                if (!_finished) Log.SweepFailed(_log, e);
            }
        }
    }

    private async Task TickAsync()
    {
        while (await PauseAsync(_options.TickEvery))
        {
            bool work;
            lock (_lock)
            {
                _table.Tick(Now);
                work = _table.HasWork;
            }

            if (work) _work.Pulse();
        }
    }

    private async Task<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _time, _ending.Token);
            return !_finished;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
