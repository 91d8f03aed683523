namespace Bifrost.Core.Catalog;

/// <summary>A team; it may belong to a customer.</summary>
public sealed record Team
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string? CustomerId { get; init; }
    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }
}

/// <summary>A customer: the top of the hierarchy.</summary>
public sealed record Customer
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }
}

/// <summary>Limits that bind every caller of a provider or of a model.</summary>
public sealed record GlobalLimit
{
    public required string Id { get; init; }

    /// <summary>Provider name, or "*".</summary>
    public string Provider { get; init; } = "*";

    /// <summary>Model name, or "*".</summary>
    public string Model { get; init; } = "*";

    public ImmutableArray<Budget> Budgets { get; init; } = [];
    public RateLimit? RateLimit { get; init; }
}
