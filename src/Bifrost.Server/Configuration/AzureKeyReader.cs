using System.Buffers;
using System.Collections.Frozen;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>azure_key_config</c> of a provider key, and the key's <c>aliases</c>, which name deployments too.</summary>
internal static class AzureKeyReader
{
    private const string Authority = "https://login.microsoftonline.com";
    private const string ScopeOfDated = "https://cognitiveservices.azure.com/.default";
    private const string ScopeOfV1 = "https://ai.azure.com/.default";
    private const int NameCharsMax = 64;
    private const string DateFormat = "yyyy-MM-dd";

    private static readonly SearchValues<char> s_names = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>Null where the key has none.</summary>
    public static AzureResource? Read(Section key)
    {
        if (key.Object("azure_key_config") is not { } section) return null;
        var endpoint = NetworkReader.ReadBaseUrl(section, "endpoint");
        if (!section.Has("endpoint")) section.Error("endpoint", "is missing; write the resource's address, such as \"https://name.openai.azure.com\"");
        var version = section.Secret("api_version") is { Length: > 0 } written ? written : AzureResource.DefaultVersion;
        if (!IsVersion(version))
            section.Error("api_version", $"is \"{version}\"; a date such as \"2024-10-21\" or \"2025-04-01-preview\", or v1, preview or latest stands here");
        var deployments = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        ReadNames(section.Object("deployments"), deployments);
        ReadNames(key.Object("aliases"), deployments);
        var resource = new AzureResource
        {
            Endpoint = endpoint ?? new Uri("http://127.0.0.1:0"),
            ApiVersion = version,
            Deployments = deployments.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase),
        };
        resource = resource with { Client = ReadClient(section, resource.IsDated) };
        section.End();
        return resource;
    }

    private static void ReadNames(Section? section, Dictionary<string, string> deployments)
    {
        foreach (var model in section?.Names() ?? [])
        {
            if (section!.Secret(model) is not { } name) continue;
            if (IsName(name)) deployments.TryAdd(model, name);
            else section.Error(
                model, $"is \"{name}\"; a deployment's name of letters, digits, '-', '_' and '.' stands here, of {NameCharsMax} at most");
        }
    }

    private static EntraClient? ReadClient(Section section, bool isDated)
    {
        var (tenant, id, secret) = (section.Secret("tenant_id"), section.Secret("client_id"), section.Secret("client_secret"));
        var scopes = section.Texts("scopes");
        var authority = section.Has("authority_host") ? NetworkReader.ReadBaseUrl(section, "authority_host") : new Uri(Authority);
        if (tenant is null && id is null && secret is null) return null;
        foreach (var (name, value) in ((string, string?)[])[("tenant_id", tenant), ("client_id", id), ("client_secret", secret)])
            if (string.IsNullOrEmpty(value)) section.Error(name, "is missing; tokens of Entra need tenant_id, client_id and client_secret together");
        if (authority is { Scheme: "http", IsLoopback: false }) section.Error("authority_host", "is not https; secrets are sent there");
        if (tenant is not null && !IsName(tenant)) section.Error("tenant_id", $"is \"{tenant}\"; a tenant's id or domain stands here");
        if (authority is null || tenant is null || !IsName(tenant) || id is null || secret is null) return null;
        return new EntraClient(
            new Uri($"{authority.AbsoluteUri.TrimEnd('/')}/{tenant}/oauth2/v2.0/token"), id, secret,
            scopes is { Count: > 0 } ? string.Join(' ', scopes) : isDated ? ScopeOfDated : ScopeOfV1);
    }

    private static bool IsVersion(string version) => version is "v1" or "preview" or "latest"
        || (version.Length >= DateFormat.Length && IsName(version) && DateOnly.TryParseExact(version[..DateFormat.Length], DateFormat, out _));

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameCharsMax && !name.AsSpan().ContainsAnyExcept(s_names) && name is not ("." or "..");
}
