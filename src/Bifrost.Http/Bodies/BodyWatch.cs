using System.IO.Pipelines;

namespace Bifrost.Http.Bodies;

/// <summary>
/// Watches a body that has not come with its request: one that does not go on, or takes too long in all, is given up. The rate is that since
/// the last look, so that bytes of long ago count for nothing.
/// </summary>
internal sealed class BodyWatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PipeReader _reader;
    private readonly BodyLimits _limits;
    private readonly TimeProvider _time;
    private readonly long _begunAt;
    private readonly ITimer _timer;
    private long _bytes;

    // Under _gate.
    private long _seen;
    private bool _ended;
    private bool _isLate;

    public BodyWatch(PipeReader reader, BodyLimits limits, TimeProvider time, long bytes)
    {
        (_reader, _limits, _time, _bytes, _seen) = (reader, limits, time, bytes, bytes);
        _begunAt = time.GetTimestamp();
        _timer = time.CreateTimer(static self => ((BodyWatch)self!).Look(), this, limits.ProgressEvery, limits.ProgressEvery);
    }

    /// <summary>True when the body was given up.</summary>
    public bool IsLate
    {
        get
        {
            lock (_gate) return _isLate;
        }
    }

    public void Came(long bytes) => Interlocked.Add(ref _bytes, bytes);

    public void Dispose()
    {
        // The reader serves the connection's next request after this one: no look may cancel that one's read.
        lock (_gate) _ended = true;
        _timer.Dispose();
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_ended || _isLate) return;
            var bytes = Interlocked.Read(ref _bytes);
            _isLate = bytes - _seen < _limits.ProgressBytesMin || _time.GetElapsedTime(_begunAt) >= _limits.WholeMax;
            _seen = bytes;
            if (_isLate) _reader.CancelPendingRead();
        }
    }
}
