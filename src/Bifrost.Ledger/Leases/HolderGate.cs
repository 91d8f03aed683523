using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Who this process is to the store, and until when it may admit. Written under the book's lock; <see cref="MayAdmit"/> is read by anyone.
/// </summary>
internal sealed class HolderGate(TimeSpan ttl)
{
    private static readonly TimeSpan Never = TimeSpan.MinValue;

    private long _admitUntilTicks;
    private TimeSpan _lastSent = Never;
    private long _neededVersion;

    /// <summary>The id in use; leases of any other are spent no more.</summary>
    public Guid HolderId { get; private set; }

    /// <summary>True once the store has answered for this id.</summary>
    public bool Registered { get; private set; }

    /// <summary>The catalog version that this silo acts on; 0 also before it took any.</summary>
    public long TakenVersion { get; private set; }

    /// <summary>False until the catalog was taken once, whatever its version: before that the silo cannot tell which keys are valid.</summary>
    public bool HasTaken { get; private set; }

    public long KnownVersion { get; private set; }
    public int Lost { get; private set; }

    /// <summary>True once the silo stops: no call is admitted any more.</summary>
    public bool IsStopping { get; private set; }

    public bool MayAdmit(TimeSpan now) => now.Ticks < Volatile.Read(ref _admitUntilTicks);

    public void Begin(Guid holderId)
    {
        HolderId = holderId;
        Registered = false;
        _lastSent = Never;
        Publish();
    }

    /// <summary>The store no longer knows this holder: the process goes on under a new id.</summary>
    public void Lose(Guid newHolderId)
    {
        Lost++;
        Begin(newHolderId);
    }

    public void Answered(TimeSpan sentAt, TimeSpan now, HolderReply reply)
    {
        // While the holder was past its time, the barrier may have gone by without it: then it first takes what it missed.
        if (_lastSent == Never || now >= _lastSent + ttl) _neededVersion = Math.Max(_neededVersion, reply.CatalogVersion);
        Registered = true;
        _lastSent = sentAt;
        KnownVersion = Math.Max(KnownVersion, reply.CatalogVersion);
        Publish();
    }

    public void Take(long version)
    {
        HasTaken = true;
        TakenVersion = Math.Max(TakenVersion, version);
        Publish();
    }

    public void Stop()
    {
        IsStopping = true;
        Publish();
    }

    private void Publish()
    {
        var open = !IsStopping && HasTaken && _lastSent != Never && TakenVersion >= _neededVersion;
        Volatile.Write(ref _admitUntilTicks, open ? (_lastSent + ttl).Ticks : 0);
    }
}
