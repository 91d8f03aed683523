namespace Bifrost.Ledger.Leases;

/// <summary>
/// Whether the book's loops go on. It ends once: <see cref="TryFinish"/> under the book's lock, so that no entry is queued behind it, then
/// <see cref="CancelWaits"/> outside, which runs other code. Read by any thread.
/// </summary>
internal sealed class BookLifetime(TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private volatile bool _finished;

    public bool Finished => _finished;

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Ends the book; false when it has ended before.</summary>
    public bool TryFinish()
    {
        if (_finished) return false;
        return _finished = true;
    }

    public void CancelWaits() => _ending.Cancel();

    /// <summary>Waits; false when the book ends meanwhile.</summary>
    public async Task<bool> PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, time, _ending.Token);
            return !_finished;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose() => _ending.Dispose();
}
