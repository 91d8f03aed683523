namespace Bifrost.Calls.Pipeline;

/// <summary>
/// How long one request may go on upstream: until its deadline while its client is there, for the drain limit after it left, not at all
/// when too many are drained already. Owned by the run, then by the stream that it answered with.
/// </summary>
internal sealed class CallLifetime : IDisposable
{
    /// <summary>Past the deadline, so that the upstream call's own time limit speaks first: it knows what it was waiting for.</summary>
    private const int GraceMs = 1_000;

    private readonly DrainGate _drains;
    private readonly PipelineOptions _options;
    private readonly TimeProvider _time;
    private readonly long _begunAt;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _leaving;
    private int _left;

    public CallLifetime(DrainGate drains, PipelineOptions options, TimeProvider time, CancellationToken client)
    {
        (_drains, _options, _time, Client) = (drains, options, time, client);
        _begunAt = time.GetTimestamp();
        // Not counting yet: until there is a stream, every wait has a limit of its own, and a running timer costs each call.
        _end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _leaving = client.UnsafeRegister(static self => ((CallLifetime)self!).Leave(), this);
    }

    /// <summary>The client's own token: cancelled when it left.</summary>
    public CancellationToken Client { get; }

    /// <summary>Cancelled when the upstream may not go on.</summary>
    public CancellationToken End => _end.Token;

    public bool ClientLeft => Volatile.Read(ref _left) != 0;

    /// <summary>What is left of the whole request's time; 0 when nothing is.</summary>
    public long RemainingMs => Math.Max(0, _options.RequestTimeoutMs - ElapsedMs);

    public long ElapsedMs => (long)_time.GetElapsedTime(_begunAt).TotalMilliseconds;

    /// <summary>From here on the deadline holds by itself: the reader of a stream decides how long it takes.</summary>
    public void BeginStream()
    {
        CancelAfter(RemainingMs + GraceMs);
        // It left in the same moment: the drain's limit is the shorter one.
        if (ClientLeft) CancelAfter(DrainMs);
    }

    /// <summary>The client left: the upstream may go on for the drain limit if there is a place. Repeating it changes nothing.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref _left, 1) != 0) return;
        if (_drains.TryEnter(this)) CancelAfter(DrainMs);
        else CutOff();
    }

    /// <summary>The upstream may go on no longer.</summary>
    public void CutOff() => CancelAfter(0);

    private long DrainMs => Math.Min(_options.DrainTimeoutMs, RemainingMs + GraceMs);

    public void Dispose()
    {
        // Waits for a Leave that runs on another thread.
        _leaving.Dispose();
        if (ClientLeft) _drains.Leave(this);
        _end.Dispose();
    }

    private void CancelAfter(long ms)
    {
        try
        {
            if (ms <= 0) _end.Cancel();
            else _end.CancelAfter(TimeSpan.FromMilliseconds(ms));
        }
        catch (ObjectDisposedException)
        {
            // The call ended in the same moment.
        }
    }
}
