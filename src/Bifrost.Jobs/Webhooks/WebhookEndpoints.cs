using System.Collections.Frozen;
using Bifrost.Catalog.Model;

namespace Bifrost.Jobs.Webhooks;

/// <summary>The endpoints by name: those of the configuration, and those that admins made, as the catalog has them now.</summary>
/// <param name="configured">Of the configuration; their names are theirs.</param>
/// <param name="catalog">Where the others are.</param>
/// <param name="secrets">Where their secrets are.</param>
public sealed class WebhookEndpoints(IEnumerable<WebhookEndpoint> configured, ICatalog catalog, WebhookSecrets secrets)
{
    private readonly FrozenDictionary<string, WebhookEndpoint> _configured =
        configured.ToFrozenDictionary(static endpoint => endpoint.Name, StringComparer.Ordinal);

    public int Count => _configured.Count + catalog.Current.Webhooks.Count;

    /// <summary>Those of the configuration, those that are off too.</summary>
    public IEnumerable<WebhookEndpoint> Configured => _configured.Values;

    public bool IsConfigured(string name) => _configured.ContainsKey(name);

    /// <summary>Null: unknown, off, or one whose secret this server does not have.</summary>
    public WebhookEndpoint? Find(string name)
    {
        if (_configured.TryGetValue(name, out var endpoint)) return endpoint.Enabled ? endpoint : null;
        if (!catalog.Current.Webhooks.TryGetValue(name, out var made) || !made.Enabled || secrets.Find(made) is not { } key) return null;
        return new WebhookEndpoint { Name = name, Url = made.Url, Secret = key, AllowPrivateNetwork = made.AllowPrivateNetwork };
    }
}
