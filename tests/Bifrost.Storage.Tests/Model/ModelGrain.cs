namespace Bifrost.Storage.Tests.Model;

/// <summary>One process as the model sees it: a holder, its chain, and the leases in its hand.</summary>
internal sealed class ModelGrain(string[] chain)
{
    public Guid Holder { get; private set; }
    public string[] Chain { get; } = chain;
    public Dictionary<Guid, HandLease> Leases { get; } = [];

    /// <summary>The Acquire in flight and when it was sent.</summary>
    public (Guid Lease, long SentMs)? Pending { get; set; }

    public bool IsDead { get; set; }

    /// <summary>The store has said that its holder is dead.</summary>
    public bool HasLostHolder { get; set; }

    public void TakeHolder(Guid id)
    {
        (Holder, HasLostHolder) = (id, false);
        foreach (var lease in Leases.Values) lease.EndsMs = 0;
    }
}

/// <summary>A lease as its holder counts it.</summary>
internal sealed class HandLease
{
    public long Granted { get; set; }
    public long Settled { get; set; }
    public long EndsMs { get; set; }
    public int Unacknowledged { get; set; }
    public Dictionary<Guid, long> Held { get; } = [];
    public long Left => Granted - Settled - Held.Values.Sum();
    public long Keep => Settled + Held.Values.Sum();
}

/// <summary>A call under way: who admitted it, what it holds and what it will cost.</summary>
internal sealed record ModelCall(Guid Attempt, ModelGrain Grain, Guid Lease, long Estimate, long Cost);
