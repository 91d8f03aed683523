using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Bifrost.Calls.Limits;

/// <summary>
/// How often each owner may do something: so many at once, then so many a second. Owners that have not done it lately are forgotten. Thread-safe;
/// takes no lock but to add an owner.
/// </summary>
/// <param name="perSecond">What comes back in a second.</param>
/// <param name="burst">What may be done at once.</param>
/// <param name="time">The clock.</param>
/// <param name="keptMax">Owners beyond which those of long ago are looked for.</param>
public sealed class Pace<TOwner>(int perSecond, int burst, TimeProvider time, int keptMax = 4_096)
    where TOwner : notnull
{
    // Until when what was done counts: the time of the last one, plus a step for each before that has not passed.
    private readonly ConcurrentDictionary<TOwner, StrongBox<long>> _untilByOwner = new();
    private readonly long _step = time.TimestampFrequency / perSecond;
    private int _inUse;

    /// <summary>Whether <see cref="TryTake"/> would succeed now. Takes nothing.</summary>
    public bool HasRoom(TOwner owner) =>
        !_untilByOwner.TryGetValue(owner, out var until) || Volatile.Read(ref until.Value) - time.GetTimestamp() <= _step * (burst - 1);

    /// <summary>Does it once; false when the owner has done it too often.</summary>
    public bool TryTake(TOwner owner)
    {
        if (!_untilByOwner.TryGetValue(owner, out var until)) until = Add(owner);
        while (true)
        {
            var before = Volatile.Read(ref until.Value);
            var now = time.GetTimestamp();
            var after = Math.Max(before, now) + _step;
            if (after - now > _step * burst) return false;
            if (Interlocked.CompareExchange(ref until.Value, after, before) == before) return true;
        }
    }

    private StrongBox<long> Add(TOwner owner)
    {
        if (_untilByOwner.Count >= Volatile.Read(ref _inUse) + keptMax) Sweep();
        return _untilByOwner.GetOrAdd(owner, static _ => new StrongBox<long>(long.MinValue / 2));
    }

    private void Sweep()
    {
        var now = time.GetTimestamp();
        foreach (var pair in _untilByOwner)
            if (Volatile.Read(ref pair.Value.Value) <= now) _untilByOwner.TryRemove(pair);

        Volatile.Write(ref _inUse, _untilByOwner.Count * 2);
    }
}
