namespace Bifrost.Calls.Dispatch;

/// <summary>One key's calls at a provider. Guarded by the queue that it belongs to.</summary>
internal sealed class SlotLane(string key)
{
    public string Key { get; } = key;

    /// <summary>Slots that the key has.</summary>
    public int Running { get; set; }

    /// <summary>Its calls that wait, in their order.</summary>
    public LinkedList<TaskCompletionSource> Waiting { get; } = new();

    /// <summary>Where it stands among the keys whose calls wait.</summary>
    public LinkedListNode<SlotLane>? Turn { get; set; }
}
