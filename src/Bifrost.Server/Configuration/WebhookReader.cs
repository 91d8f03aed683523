using System.Collections.Immutable;
using Bifrost.Catalog.Json;
using Bifrost.Jobs.Webhooks;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>webhooks</c>: a list of endpoints that submissions may name.</summary>
internal static class WebhookReader
{
    /// <summary>The servers' key, from which secrets of endpoints that admins make are derived.</summary>
    public static WebhookSecrets ReadSecrets(Section root, Func<string, string?> environment)
    {
        var key = root.Secret("encryption_key");
        if (key is { Length: > 0 and < WebhookSecrets.BytesMin })
            root.Error("encryption_key", $"is shorter than {WebhookSecrets.BytesMin} characters; write a long random one");
        return new WebhookSecrets(string.IsNullOrEmpty(key) ? null : key, environment);
    }

    public static ImmutableArray<WebhookEndpoint> Read(IReadOnlyList<Section> sections)
    {
        var endpoints = new Dictionary<string, WebhookEndpoint>(StringComparer.Ordinal);
        foreach (var section in sections)
        {
            var endpoint = Read(section);
            if (!endpoints.TryAdd(endpoint.Name, endpoint)) section.Error("name", $"\"{endpoint.Name}\" stands here twice; names are one endpoint's own");
            section.End();
        }

        return [.. endpoints.Values];
    }

    private static WebhookEndpoint Read(Section section)
    {
        var name = section.RequiredText("name");
        var isPrivate = section.Flag("allow_private_network") ?? false;
        var address = section.RequiredText("url");
        if (WebhookAddress.Refuse(address, isPrivate, out var url) is { } wrong && address.Length > 0) section.Error("url", wrong);

        var secret = section.Secret("secret") ?? "";
        var key = WebhookSignature.KeyOf(secret);
        if (!section.Has("secret")) section.Error("secret", "is missing; deliveries are signed with it, write \"env.NAME\" or whsec_ and base64");
        else if (key is null) section.Error("secret", "begins with whsec_ and what follows is not base64");
        else if (secret.Length > 0 && key.Length < WebhookSecrets.BytesMin)
            section.Error("secret", $"is shorter than {WebhookSecrets.BytesMin} bytes; write a long random one");
        section.Silent("id", "description");
        section.Unused("events", "max_retries");
        return new WebhookEndpoint
        {
            Name = name, Url = url, Secret = key ?? [], Enabled = section.Flag("enabled") ?? true, AllowPrivateNetwork = isPrivate,
        };
    }
}
