namespace Bifrost.Gateway.Admin;

/// <summary>What the admin routes are told once at start.</summary>
public sealed record AdminOptions
{
    /// <summary>The actor of <see cref="Token"/> in the audit.</summary>
    public const string EnvironmentId = "environment";

    /// <summary>The token of <c>BIFROST_ADMIN_TOKEN</c>; null: tokens are those of the catalog. A secret.</summary>
    public string? Token { get; init; }

    /// <summary>Bytes of one admin request's body.</summary>
    public int BodyBytesMax { get; init; } = 8 << 20;

    /// <summary>Objects of one page.</summary>
    public int PageMax { get; init; } = 1_000;

    /// <summary>Objects of a page that does not say how many.</summary>
    public int PageDefault { get; init; } = 100;

    /// <summary>How long live numbers of grains are waited for; without an answer they are left out.</summary>
    public int GrainWaitMs { get; init; } = 2_000;

    public override string ToString() => nameof(AdminOptions);
}
