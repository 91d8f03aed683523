namespace Bifrost.Catalog.Model;

/// <summary>A virtual key and what it may do (contract sections 2, 3 and 9).</summary>
public sealed record VirtualKey
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    public bool IsActive { get; init; } = true;
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The current secret, and after a rotation the old one until its overlap ends.</summary>
    public required ImmutableArray<KeySecret> Secrets { get; init; }

    /// <summary>The team or the customer that the key belongs to; never both.</summary>
    public string? TeamId { get; init; }

    public string? CustomerId { get; init; }

    /// <summary>Providers the key may use; none means none, unless <see cref="AllowAllProviders"/>.</summary>
    public ImmutableArray<KeyProvider> Providers { get; init; } = [];

    public bool AllowAllProviders { get; init; }
    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }

    /// <summary>Calls of the key that may be in flight at once; 0: no limit.</summary>
    public int CallsInFlightMax { get; init; }

    /// <summary>Whether budgets and rate limits that do not say otherwise follow the UTC calendar.</summary>
    public bool CalendarAligned { get; init; }

    /// <summary>When an admin made it; null when it came from the configuration file.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When an admin changed it last.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>One secret of a virtual key, kept as its hash.</summary>
/// <param name="Hash">SHA-256 of the whole secret, 32 bytes.</param>
/// <param name="ValidUntil">End of the overlap after a rotation; null for the current secret.</param>
public sealed record KeySecret(ImmutableArray<byte> Hash, DateTimeOffset? ValidUntil);

/// <summary>A virtual key's permission for one provider.</summary>
public sealed record KeyProvider
{
    public string Id { get; init; } = "";
    public required string Provider { get; init; }

    /// <summary>Share of bare-model calls; null: only when the provider is named.</summary>
    public decimal? Weight { get; init; }

    public NameList AllowedModels { get; init; } = NameList.All;
    public NameList BlacklistedModels { get; init; } = NameList.None;

    /// <summary>Provider keys (by id) that may be used.</summary>
    public NameList KeyIds { get; init; } = NameList.All;

    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }
}
