using System.Collections.Concurrent;

namespace Bifrost.Calls.Limits;

/// <summary>
/// The shares of all owners of one thing, each bounded. Owners that have nothing are forgotten once there are many, so that owners that
/// somebody makes up cost no memory. Thread-safe; takes no lock but to add an owner.
/// </summary>
/// <param name="keptMax">Owners beyond which those that have nothing are forgotten.</param>
public sealed class Shares<TOwner>(int keptMax = 4_096)
    where TOwner : notnull
{
    private readonly ConcurrentDictionary<TOwner, Share> _byOwner = new();
    private int _count;
    private int _inUse;

    /// <summary>Owners that are known.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes an amount for an owner, whole or not at all.</summary>
    /// <param name="owner">Who.</param>
    /// <param name="amount">How much.</param>
    /// <param name="max">What one owner may have.</param>
    /// <returns>Where to give it back; null: it would be more than the owner may have.</returns>
    public Share? TryTake(TOwner owner, long amount, long max)
    {
        while (true)
        {
            var share = Of(owner);
            if (share.TryTake(amount, max)) return share;
            if (!share.IsRetired) return null;
        }
    }

    /// <summary>What an owner has now.</summary>
    public long TakenBy(TOwner owner) => _byOwner.TryGetValue(owner, out var share) ? share.Taken : 0;

    private Share Of(TOwner owner)
    {
        if (_byOwner.TryGetValue(owner, out var known) && !known.IsRetired) return known;
        var made = new Share();
        var share = _byOwner.AddOrUpdate(owner, static (_, made) => made, static (_, old, made) => old.IsRetired ? made : old, made);
        if (ReferenceEquals(share, made) && Interlocked.Increment(ref _count) > Volatile.Read(ref _inUse) + keptMax) Sweep();
        return share;
    }

    private void Sweep()
    {
        var kept = 0;
        foreach (var pair in _byOwner)
        {
            if (pair.Value.TryRetire() || pair.Value.IsRetired) _byOwner.TryRemove(pair);
            else kept++;
        }

        // The next sweep is only after as many further owners as are in use: none costs more than the additions before it.
        Volatile.Write(ref _count, kept);
        Volatile.Write(ref _inUse, kept * 2);
    }
}
