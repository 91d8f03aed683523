namespace Bifrost.Calls.Dispatch;

/// <summary>A slot, or a place in the queue for one.</summary>
public readonly record struct SlotPlace
{
    internal SlotPlace(SlotLane lane, LinkedListNode<TaskCompletionSource>? waiting = null) => (Lane, Waiting) = (lane, waiting);

    internal SlotLane Lane { get; }

    internal LinkedListNode<TaskCompletionSource>? Waiting { get; }
}
