namespace Bifrost.Keys.Limits;

/// <summary>One slice as its account knows it. The account's turn owns every field.</summary>
internal sealed class SharedSlice(Guid id, string holder)
{
    public Guid Id { get; } = id;
    public string Holder { get; } = holder;

    /// <summary>What was handed out; null where no window bound.</summary>
    public long? Requests { get; init; }

    public long? Tokens { get; init; }

    /// <summary>False for the memory of a refusal.</summary>
    public bool Granted { get; init; }

    /// <summary>End of its spending, and of the first of its windows.</summary>
    public DateTimeOffset SpendUntil { get; init; }

    public DateTimeOffset WindowEnd { get; init; }

    /// <summary>How it stands in each window.</summary>
    public SliceCharge InRequests { get; init; } = SliceCharge.None;

    public SliceCharge InTokens { get; init; } = SliceCharge.None;

    /// <summary>Number of the newest report; 0 before the first.</summary>
    public int Sequence { get; set; }

    /// <summary>When it was handed out, and when its last report came.</summary>
    public DateTimeOffset At { get; set; }

    /// <summary>Its place among those that are out; null once it ended.</summary>
    public LinkedListNode<SharedSlice>? Place { get; set; }
}
