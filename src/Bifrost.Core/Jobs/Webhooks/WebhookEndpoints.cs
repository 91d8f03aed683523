using System.Collections.Frozen;

namespace Bifrost.Core.Jobs.Webhooks;

/// <summary>The endpoints of the configuration, by name.</summary>
public sealed class WebhookEndpoints(IEnumerable<WebhookEndpoint> endpoints)
{
    public static readonly WebhookEndpoints None = new([]);

    private readonly FrozenDictionary<string, WebhookEndpoint> _byName =
        endpoints.ToFrozenDictionary(static endpoint => endpoint.Name, StringComparer.Ordinal);

    public int Count => _byName.Count;

    /// <summary>All of them, those that are off too.</summary>
    public IEnumerable<WebhookEndpoint> All => _byName.Values;

    /// <summary>Null: unknown, or off.</summary>
    public WebhookEndpoint? Find(string name) => _byName.TryGetValue(name, out var endpoint) && endpoint.Enabled ? endpoint : null;
}
