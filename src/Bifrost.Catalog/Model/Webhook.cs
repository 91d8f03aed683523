namespace Bifrost.Catalog.Model;

/// <summary>
/// A webhook endpoint that was made by an admin. Those of the configuration are not in the catalog, as providers are not: their secrets are
/// the configuration's. Here there is only what a server finds the secret by, never the secret.
/// </summary>
public sealed record Webhook
{
    public required string Name { get; init; }
    public required Uri Url { get; init; }
    public bool Enabled { get; init; } = true;

    /// <summary>Whether it may stand at an address that is not public, and speak plain HTTP.</summary>
    public bool AllowPrivateNetwork { get; init; }

    /// <summary>The environment variable that has the secret; null: the secret is derived from the servers' key and <see cref="Salt"/>.</summary>
    public string? SecretVariable { get; init; }

    public ImmutableArray<byte> Salt { get; init; } = [];

    /// <summary>SHA-256 of a derived secret: a server with another key must not sign with another secret.</summary>
    public ImmutableArray<byte> SecretHash { get; init; } = [];

    public DateTimeOffset? CreatedAt { get; init; }
    public DateTimeOffset? UpdatedAt { get; init; }

    public override string ToString() => $"Webhook {Name}";
}
