using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Pipeline;

/// <summary>Who calls, as the credential said it (contract section 2). The virtual key's grain has the last word.</summary>
public sealed record Caller
{
    /// <summary>Key of the grain that admits: the virtual key's id, or <see cref="AnonymousKey.For"/> where no virtual key is needed.</summary>
    public required string VirtualKeyId { get; init; }

    /// <summary>SHA-256 of the secret that was shown; empty for a caller without a virtual key.</summary>
    public ReadOnlyMemory<byte> SecretHash { get; init; }

    /// <summary>The caller's own provider credential (<c>client.allow_direct_keys</c>); a secret, never logged.</summary>
    public string? DirectKey { get; init; }

    public override string ToString() => $"Caller {VirtualKeyId}";
}
