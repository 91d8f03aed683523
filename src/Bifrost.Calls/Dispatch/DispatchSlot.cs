using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// One call's place at a provider: its slot and its passes through the circuits. The slot is held until the answer is there, by a stream until it
/// is disposed, and by neither once the client has left.
/// </summary>
internal sealed class DispatchSlot(ProviderDispatcher dispatcher, Provider provider, SlotPlace place) : IStreamWatcher, ICallSlot
{
    private int _freed;

    public Provider Provider { get; } = provider;
    public SlotPlace Place { get; } = place;
    public ProviderKey? Key { get; init; }
    public string KeyId => Key?.Id ?? "";

    /// <summary>The provider's name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>What goes upstream; null: nothing.</summary>
    public string? Credential { get; init; }

    public CircuitPass ProviderPass { get; init; }

    /// <summary>True when the caller brought its own credential: what comes of that says nothing about ours.</summary>
    public bool IsDirect { get; init; }

    /// <summary>Null where nothing has failed so far with this key and model.</summary>
    public Circuit? KeyCircuit { get; init; }

    public CircuitPass KeyPass { get; init; }

    /// <summary>When the try had its slot: a timestamp of the clock.</summary>
    public long BegunAt { get; init; }

    public void StreamEnded(ProviderFailure? failure) => dispatcher.StreamEnded(this, failure);

    public void Free()
    {
        if (Interlocked.Exchange(ref _freed, 1) == 0) dispatcher.Freed(Place);
    }
}
