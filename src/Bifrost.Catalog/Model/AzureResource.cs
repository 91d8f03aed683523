using System.Collections.Frozen;

namespace Bifrost.Catalog.Model;

/// <summary>The Azure resource that a provider key belongs to: where it is, and how models are called there (<c>azure_key_config</c>).</summary>
public sealed record AzureResource
{
    /// <summary>The version of resources that name none.</summary>
    public const string DefaultVersion = "2024-10-21";

    /// <summary>Absolute, without a trailing slash.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Names of deployments by model; a model that is not here is deployed under its own name.</summary>
    public FrozenDictionary<string, string> Deployments { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>A date, whose path names the deployment; or <c>v1</c>, <c>preview</c> or <c>latest</c>, whose path does not.</summary>
    public string ApiVersion { get; init; } = DefaultVersion;

    /// <summary>Who asks Entra for tokens; null: the key's value is sent.</summary>
    public EntraClient? Client { get; init; }

    /// <summary>Whether the version is a date.</summary>
    public bool IsDated => char.IsAsciiDigit(ApiVersion[0]);

    public string DeploymentOf(string model) => Deployments.GetValueOrDefault(model) ?? model;
}

/// <summary>An application that gets tokens of Entra by its secret (OAuth client credentials).</summary>
/// <param name="TokenUrl">Where tokens are: the authority of the file and the tenant.</param>
/// <param name="ClientId">Id of the application.</param>
/// <param name="Secret">Never logged, never in an answer.</param>
/// <param name="Scope">What the token is for.</param>
public sealed record EntraClient(Uri TokenUrl, string ClientId, string Secret, string Scope)
{
    public override string ToString() => $"EntraClient {ClientId}";
}
