using Bifrost.Core.Jobs.Webhooks;
using Bifrost.Server.Configuration.Reading;

namespace Bifrost.Server.Configuration;

/// <summary>Reads <c>webhooks</c>: a list of endpoints that submissions may name.</summary>
internal static class WebhookReader
{
    private const int SecretBytesMin = 16;

    public static WebhookEndpoints Read(IReadOnlyList<Section> sections)
    {
        var endpoints = new Dictionary<string, WebhookEndpoint>(StringComparer.Ordinal);
        foreach (var section in sections)
        {
            var endpoint = Read(section);
            if (!endpoints.TryAdd(endpoint.Name, endpoint)) section.Error("name", $"\"{endpoint.Name}\" stands here twice; names are one endpoint's own");
            section.End();
        }

        return new WebhookEndpoints(endpoints.Values);
    }

    private static WebhookEndpoint Read(Section section)
    {
        var name = section.RequiredText("name");
        var isPrivate = section.Flag("allow_private_network") ?? false;
        var address = section.RequiredText("url");
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0)
        {
            if (address.Length > 0) section.Error("url", $"is \"{address}\"; an address such as https://example.com/hook stands here, without a user");
            url = new Uri("https://invalid.invalid/");
        }
        else if (url.Scheme == "http" && !isPrivate)
        {
            section.Error("url", "is http, which anybody on the way can read; write https, or set allow_private_network for an endpoint of your own network");
        }

        var secret = section.Secret("secret") ?? "";
        var key = WebhookSignature.KeyOf(secret);
        if (!section.Has("secret")) section.Error("secret", "is missing; deliveries are signed with it, write \"env.NAME\" or whsec_ and base64");
        else if (key is null) section.Error("secret", "begins with whsec_ and what follows is not base64");
        else if (secret.Length > 0 && key.Length < SecretBytesMin) section.Error("secret", $"is shorter than {SecretBytesMin} bytes; write a long random one");
        section.Silent("id", "description");
        section.Unused("events", "max_retries");
        return new WebhookEndpoint
        {
            Name = name, Url = url, Secret = key ?? [], Enabled = section.Flag("enabled") ?? true, AllowPrivateNetwork = isPrivate,
        };
    }
}
