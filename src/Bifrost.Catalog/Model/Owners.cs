namespace Bifrost.Catalog.Model;

/// <summary>A team; it may belong to a customer.</summary>
public sealed record Team
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string? CustomerId { get; init; }
    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }

    /// <summary>Whether budgets and rate limits that do not say otherwise follow the UTC calendar.</summary>
    public bool CalendarAligned { get; init; }

    /// <summary>When an admin made it; null when it came from the configuration file.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When an admin changed it last.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>A customer: the top of the hierarchy.</summary>
public sealed record Customer
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }

    /// <summary>Whether budgets and rate limits that do not say otherwise follow the UTC calendar.</summary>
    public bool CalendarAligned { get; init; }

    /// <summary>When an admin made it; null when it came from the configuration file.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When an admin changed it last.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>Limits that bind every caller of a provider or of a model.</summary>
public sealed record GlobalLimit
{
    public required string Id { get; init; }

    /// <summary>Provider name, or "*".</summary>
    public string Provider { get; init; } = "*";

    /// <summary>Model name, or "*".</summary>
    public string Model { get; init; } = "*";

    /// <summary>
    /// Whether it binds calls of this provider's model: of the model that it names, its dated snapshots, and what was fine-tuned under the name
    /// <c>ft:BASE</c>. Case is ignored.
    /// </summary>
    public bool Binds(string provider, string model) => Means(Provider, provider) && (Means(Model, model) || ModelNames.IsVariantOf(model, Model));

    private static bool Means(string limited, string name) => limited == "*" || string.Equals(limited, name, StringComparison.OrdinalIgnoreCase);

    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }

    /// <summary>Whether budgets and rate limits that do not say otherwise follow the UTC calendar.</summary>
    public bool CalendarAligned { get; init; }

    /// <summary>When an admin made it; null when it came from the configuration file.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When an admin changed it last.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}
