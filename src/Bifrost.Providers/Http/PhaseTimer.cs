using System.Collections.Concurrent;
using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;

namespace Bifrost.Providers.Http;

/// <summary>
/// The time limits of one call: one cancellation source, re-armed for every phase with the smaller of the phase's limit and what is
/// left of the whole request. Pooled, since most calls end before any limit.
/// </summary>
internal sealed class PhaseTimer : IDisposable
{
    private const int PooledMax = 1_024;
    private static readonly ConcurrentQueue<PhaseTimer> Pool = new();
    private static int s_pooled;

    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _source;
    private CancellationTokenRegistration _abortRegistration;
    private CancellationToken _abort;
    private long _startedAt;
    private long _totalMs;

    // 0: no limit, or the token has come.
    private long _firstTokenMs;
    private Phase _phase;
    private long _limitMs;
    private volatile bool _stopped;

    private PhaseTimer(TimeProvider time)
    {
        _time = time;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Cancelled by a limit, by the caller's leaving, or by <see cref="Stop"/>.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>A timer that starts now. Nothing is armed yet.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="totalMs">Time of the whole request.</param>
    /// <param name="firstTokenMs">Time until <see cref="TokenCame"/>, which no other phase puts off; 0: no limit.</param>
    /// <param name="abort">Ends it as well.</param>
    public static PhaseTimer Rent(TimeProvider time, long totalMs, long firstTokenMs, CancellationToken abort)
    {
        if (time == TimeProvider.System && Pool.TryDequeue(out var timer)) Interlocked.Decrement(ref s_pooled);
        else timer = new PhaseTimer(time);
        timer._startedAt = time.GetTimestamp();
        timer._totalMs = totalMs;
        timer._firstTokenMs = firstTokenMs;
        timer._abort = abort;
        timer._stopped = false;
        timer._abortRegistration = abort.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), timer._source);
        return timer;
    }

    /// <summary>Starts a phase that may last this long.</summary>
    public void Arm(Phase phase, long limitMs)
    {
        var elapsedMs = (long)_time.GetElapsedTime(_startedAt).TotalMilliseconds;
        var leftMs = Math.Max(0, _totalMs - elapsedMs);
        (_phase, _limitMs) = leftMs <= limitMs ? (Phase.Total, leftMs) : (phase, limitMs);
        if (_firstTokenMs > 0 && Math.Max(0, _firstTokenMs - elapsedMs) is var tokenMs && tokenMs < _limitMs)
            (_phase, _limitMs) = (Phase.FirstToken, tokenMs);
        if (_limitMs == 0) _source.Cancel();
        else _source.CancelAfter(TimeSpan.FromMilliseconds(Math.Min(_limitMs, int.MaxValue)));
    }

    /// <summary>The limit of the first token is kept.</summary>
    public void TokenCame() => _firstTokenMs = 0;

    /// <summary>Nothing is waited for: the time that the reader takes is not the upstream's.</summary>
    public void Disarm() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Cancels whatever still waits, on behalf of a caller that left.</summary>
    public void Stop()
    {
        _stopped = true;
        _source.Cancel();
    }

    /// <summary>Why <see cref="Token"/> was cancelled.</summary>
    public ProviderFailure WhyCancelled(string provider)
    {
        if (_stopped || _abort.IsCancellationRequested) return ProviderFailures.Aborted();
        return ProviderFailures.Timeout(_phase switch
        {
            Phase.FirstByte => $"Provider '{provider}' sent nothing within {_limitMs} ms.",
            Phase.FirstChunk => $"Provider '{provider}' began its answer and sent neither a chunk nor a sign of life for {_limitMs} ms.",
            Phase.FirstToken => $"Provider '{provider}' sent no token within {_firstTokenMs} ms.",
            Phase.Idle => $"Provider '{provider}' fell silent for {_limitMs} ms in the middle of its answer.",
            _ => $"The time limit of the whole request ran out while provider '{provider}' was answering.",
        });
    }

    public void Dispose()
    {
        // Waits for a callback that is under way, so that it cannot cancel the source of the next call.
        _abortRegistration.Dispose();
        _abortRegistration = default;
        _abort = default;
        if (_time == TimeProvider.System && Volatile.Read(ref s_pooled) < PooledMax && _source.TryReset())
        {
            Interlocked.Increment(ref s_pooled);
            Pool.Enqueue(this);
            return;
        }
        _source.Dispose();
    }
}
