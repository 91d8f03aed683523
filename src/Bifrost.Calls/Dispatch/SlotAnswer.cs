namespace Bifrost.Calls.Dispatch;

/// <summary>What became of asking for a slot.</summary>
public enum SlotAnswer
{
    Entered,
    Waiting,

    /// <summary>The key has as much of the slots and of the queue as it may; others still find room.</summary>
    ShareFull,

    /// <summary>The queue is full.</summary>
    Full,
}
