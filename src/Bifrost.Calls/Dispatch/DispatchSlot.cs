using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// One call's place at a provider: its slot and its passes through the circuits. Held until the answer is there, by a stream until it
/// is disposed.
/// </summary>
internal sealed class DispatchSlot(ProviderDispatcher dispatcher, Provider provider) : IStreamWatcher
{
    public Provider Provider { get; } = provider;
    public string KeyId { get; init; } = "";

    /// <summary>What goes upstream; null: nothing.</summary>
    public string? Credential { get; init; }

    public CircuitPass ProviderPass { get; init; }

    /// <summary>Null when no configured key is used.</summary>
    public Circuit? KeyCircuit { get; init; }

    public CircuitPass KeyPass { get; init; }

    /// <summary>When the try had its slot: a timestamp of the clock.</summary>
    public long BegunAt { get; init; }

    public void StreamEnded(ProviderFailure? failure) => dispatcher.StreamEnded(this, failure);
}
