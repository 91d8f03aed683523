using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Dispatch;

/// <summary>Where a try goes: a provider with its limits, and the credential that was chosen for it.</summary>
public sealed class UpstreamTarget
{
    public required Provider Provider { get; init; }

    /// <summary>The chosen provider key; null when none is needed or the caller brought its own.</summary>
    public ProviderKey? Key { get; init; }

    /// <summary>Id of the chosen provider key; empty when none is needed or the caller brought its own.</summary>
    public string KeyId { get; init; } = "";

    /// <summary>The secret to send; null when the upstream takes none. Never logged.</summary>
    public string? Credential { get; init; }

    /// <summary>What is left of the whole request's time when the try starts, in milliseconds.</summary>
    public required long RemainingMs { get; init; }

    /// <summary>Told once when a stream that <see cref="IDialect.SendAsync"/> answered with has been disposed.</summary>
    public IStreamWatcher? Watcher { get; init; }

    /// <summary>The same with a credential that was got by the key.</summary>
    public UpstreamTarget With(string credential) =>
        new() { Provider = Provider, Key = Key, KeyId = KeyId, Credential = credential, RemainingMs = RemainingMs, Watcher = Watcher };
}
