namespace Bifrost.Http.Auth;

/// <summary>The admin token that needs no catalog.</summary>
public sealed record AdminTokenOptions
{
    /// <summary>The actor of <see cref="Token"/> in the audit.</summary>
    public const string EnvironmentId = "environment";

    /// <summary>The token of <c>BIFROST_ADMIN_TOKEN</c>; null: tokens are those of the catalog. A secret.</summary>
    public string? Token { get; init; }

    public override string ToString() => nameof(AdminTokenOptions);
}
