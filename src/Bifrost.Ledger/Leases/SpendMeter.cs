using Bifrost.Ledger.Money;

namespace Bifrost.Ledger.Leases;

/// <summary>About how much money went, held or spent, and in how many calls, over the last span: two buckets, the older one fading.</summary>
public struct SpendMeter
{
    private TimeSpan _bucketStart;
    private long _nanos;
    private long _nanosBefore;
    private int _calls;
    private int _callsBefore;

    public void Add(TimeSpan now, TimeSpan span, long nanos, int calls)
    {
        Roll(now, span);
        _nanos += nanos;
        _calls += calls;
    }

    public long Nanos(TimeSpan now, TimeSpan span)
    {
        Roll(now, span);
        var fading = (span - (now - _bucketStart)).Ticks;
        return _nanos + (long)((Int128)_nanosBefore * fading / span.Ticks);
    }

    public int Calls(TimeSpan now, TimeSpan span)
    {
        Roll(now, span);
        return _calls + _callsBefore;
    }

    private void Roll(TimeSpan now, TimeSpan span)
    {
        var age = now - _bucketStart;
        if (age < span) return;
        (_nanosBefore, _callsBefore) = age < 2 * span ? (_nanos, _calls) : (0, 0);
        (_nanos, _calls) = (0, 0);
        _bucketStart = age < 2 * span ? _bucketStart + span : now;
    }
}
