using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// How long one request may go on upstream: until its deadline while its client is there. After it left, that depends on what the provider
/// does when its connection is closed: one that runs on is read to the end, one that stops for the drain limit, one that bills nothing is
/// closed at once; and so are all when too many are drained already. Owned by the run, then by the stream that it answered with.
/// </summary>
internal sealed class CallLifetime : IDisposable, ISlotHolder
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
    private ICallSlot? _slot;

    // How long the upstream may go on without its client; 0: not at all. Set before each try.
    private volatile int _drainMs = int.MaxValue;

    public CallLifetime(string virtualKeyId, DrainGate drains, PipelineOptions options, TimeProvider time, CancellationToken client)
    {
        (VirtualKeyId, _drains, _options, _time, Client) = (virtualKeyId, drains, options, time, client);
        _begunAt = time.GetTimestamp();
        // Not counting yet: until there is a stream, every wait has a limit of its own. On the system's clock the timer is made where it is needed.
        _end = time == TimeProvider.System ? new CancellationTokenSource() : new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _leaving = client.UnsafeRegister(static self => ((CallLifetime)self!).Leave(), this);
    }

    /// <summary>When the request began.</summary>
    public long BegunAt => _begunAt;

    /// <summary>Whose call it is.</summary>
    public string VirtualKeyId { get; }

    /// <summary>The client's own token: cancelled when it left.</summary>
    public CancellationToken Client { get; }

    /// <summary>Cancelled when the upstream may not go on.</summary>
    public CancellationToken End => _end.Token;

    public bool ClientLeft => Volatile.Read(ref _left) != 0;

    /// <summary>True when the client left and there was no place to drain its call.</summary>
    public bool DrainRefused { get; private set; }

    /// <summary>What is left of the whole request's time; 0 when nothing is.</summary>
    public long RemainingMs => Math.Max(0, _options.RequestTimeoutMs - ElapsedMs);

    public long ElapsedMs => (long)_time.GetElapsedTime(_begunAt).TotalMilliseconds;

    /// <summary>A try at this provider begins. A plain call goes on everywhere: what the end of a connection means is known of streams only.</summary>
    public void BeginTry(Provider provider, bool isStream)
    {
        var closing = isStream ? provider.Billing.Closing : ClosingRule.RunsOn;
        _drainMs = closing switch
        {
            ClosingRule.RunsOn => int.MaxValue,
            ClosingRule.Stops when !provider.ClosesOnLeave => _options.DrainTimeoutMs,
            _ => 0,
        };
    }

    /// <summary>From here on the deadline holds by itself: the reader of a stream decides how long it takes.</summary>
    public void BeginStream()
    {
        CancelAfter(RemainingMs + GraceMs);
        // It left in the same moment: the drain's limit is the shorter one.
        if (ClientLeft) CancelAfter(DrainMs);
    }

    /// <summary>The client left: the upstream may go on for its drain limit if there is a place. Repeating it changes nothing.</summary>
    public void Leave()
    {
        if (Interlocked.Exchange(ref _left, 1) != 0) return;
        if (_drainMs > 0) DrainRefused = !_drains.TryEnter(this);
        CancelAfter(DrainRefused ? 0 : DrainMs);
        FreeIfLeft();
    }

    /// <summary>The try has its slot. It is freed when the client leaves: what is drained has a bound of its own, and must not keep others waiting.</summary>
    public void Took(ICallSlot slot)
    {
        Interlocked.Exchange(ref _slot, slot);
        FreeIfLeft();
    }

    /// <summary>The upstream may go on no longer.</summary>
    public void CutOff() => CancelAfter(0);

    private void FreeIfLeft()
    {
        // Cut off: it keeps its slot for as long as that takes.
        if (ClientLeft && !DrainRefused && _drainMs > 0) Volatile.Read(ref _slot)?.Free();
    }

    private long DrainMs => Math.Min(_drainMs, RemainingMs + GraceMs);

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
