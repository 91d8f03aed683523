namespace Bifrost.Catalog.Model;

/// <summary>A token that opens admin routes (contract section 9), kept as its hash.</summary>
public sealed record AdminToken
{
    /// <summary>Every token that the gateway makes begins with this, so that it is never taken for a provider's key.</summary>
    public const string SecretPrefix = "bf-admin-";

    public required string Id { get; init; }
    public required string Name { get; init; }
    public AdminRole Role { get; init; }

    /// <summary>SHA-256 of the whole token, 32 bytes.</summary>
    public required ImmutableArray<byte> Hash { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public override string ToString() => $"AdminToken {Id}";
}

/// <summary>What a token may do.</summary>
public enum AdminRole
{
    /// <summary>Read only.</summary>
    Viewer,

    /// <summary>Everything.</summary>
    Admin,
}
