using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// What all chains of this silo on one budget share: what the store said of it last, what it refused last, and which chains use it. Guarded
/// by the book's lock.
/// </summary>
internal sealed class BudgetUse
{
    /// <summary>Long ago; a time from which spans can be counted.</summary>
    private static readonly TimeSpan s_never = TimeSpan.FromDays(-1);

    private BudgetNumbers? _told;
    private TimeSpan _toldAt;
    private BudgetNumbers? _refused;
    private long _refusedLeastNanos;

    /// <summary>What was free at the refusal, and what calls of this silo have left of their holds since.</summary>
    private long _refusedFreeNanos;

    /// <summary>What calls of this silo have left of their holds since an Acquire was last made, of which its answer knows nothing.</summary>
    private long _freedNanos;
    private TimeSpan _refusedUntil;

    /// <summary>Chains with holds.</summary>
    private int _holding;

    /// <summary>The chain that used the budget last, and when.</summary>
    private ChainCredit? _lastUser;
    private TimeSpan _lastUsedAt = s_never;

    /// <summary>When a chain other than <see cref="_lastUser"/> used it last.</summary>
    private TimeSpan _othersUsedAt = s_never;

    public HashSet<ChainCredit> Chains { get; } = [];

    /// <summary>When the unheld credit of these chains was last given back; looking again at once would find little.</summary>
    public TimeSpan TrimmedAt { get; set; } = TimeSpan.MinValue;

    /// <summary>Until then credit that lies idle would be missed elsewhere.</summary>
    public TimeSpan ShortUntil { get; set; }

    /// <summary>The store has told the budget's numbers.</summary>
    public void Tell(BudgetNumbers numbers, TimeSpan now) => (_told, _toldAt) = (numbers, now);

    /// <summary>The numbers that the store told last; null when that is as long ago as <paramref name="span"/>.</summary>
    public BudgetNumbers? Told(TimeSpan now, TimeSpan span) => now - _toldAt < span ? _told : null;

    /// <summary>What a chain that holds so much here has of the budget.</summary>
    public ChainRoom Room(long ownNanos, TimeSpan now, TimeSpan span) =>
        new(Told(now, span)?.FreeNanos, ownNanos) { Share = Math.Max(LedgerLimits.ChainShare, Chains.Count) };

    /// <summary>Remembers a refusal for calls that need as much at least.</summary>
    public void Remember(BudgetNumbers refused, long leastNanos, TimeSpan until) =>
        (_refused, _refusedLeastNanos, _refusedFreeNanos, _refusedUntil) = (refused, leastNanos, refused.FreeNanos + _freedNanos, until);

    /// <summary>A call of this silo cost less than it held: as much more is free, or will be.</summary>
    public void NoteFreed(long nanos)
    {
        _freedNanos += nanos;
        _refusedFreeNanos += nanos;
    }

    /// <summary>An Acquire is made: what was given back before it goes to the store before it.</summary>
    public void NoteAcquire() => _freedNanos = 0;

    /// <summary>
    /// Whether a call that needs no more was refused just now. Not when running calls have freed enough since: a call that can be paid is not
    /// refused from memory.
    /// </summary>
    public bool Refuses(long leastNanos, TimeSpan now) =>
        _refused is not null && now < _refusedUntil && leastNanos >= _refusedLeastNanos && leastNanos > _refusedFreeNanos;

    /// <summary>The numbers of that refusal, with what running calls have freed since; null when there is none.</summary>
    public BudgetNumbers? Refused(long leastNanos, TimeSpan now) => Refuses(leastNanos, now)
        ? _refused! with { LeasedNanos = Math.Max(0, _refused.LeasedNanos - (_refusedFreeNanos - _refused.FreeNanos)) }
        : null;

    /// <summary>The catalog has changed: what the store refused and told says nothing any more.</summary>
    public void Forget() => (_told, _refused) = (null, null);

    /// <summary>A chain has its first hold, or its last one ended.</summary>
    public void CountHolder(ChainCredit chain, bool holds, TimeSpan now)
    {
        _holding += holds ? 1 : -1;
        NoteUse(chain, now);
    }

    /// <summary>A call of the chain held here or wanted credit.</summary>
    public void NoteUse(ChainCredit chain, TimeSpan now)
    {
        if (_lastUser != chain) (_lastUser, _othersUsedAt) = (chain, _lastUsedAt);
        _lastUsedAt = now;
    }

    /// <summary>True when another chain of this silo holds here, or held or wanted credit here within <paramref name="span"/>.</summary>
    public bool IsShared(ChainCredit chain, TimeSpan now, TimeSpan span)
    {
        if (_holding > (chain.HeldNanos > 0 ? 1 : 0)) return true;
        return now - (_lastUser == chain ? _othersUsedAt : _lastUsedAt) < span;
    }
}
