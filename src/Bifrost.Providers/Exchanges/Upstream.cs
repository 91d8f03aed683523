using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Providers.Http;

namespace Bifrost.Providers.Exchanges;

/// <summary>One provider's address, connections and constant headers, as of one configuration of it.</summary>
internal sealed class Upstream
{
    // Racing calls may each put theirs here; any of them is right.
    private Auth? _auth;

    private Upstream(
        Provider provider, UpstreamRoute route, UpstreamConnections connections, ImmutableArray<KeyValuePair<string, string>> extraHeaders) =>
        (Provider, Route, Connections, ExtraHeaders) = (provider, route, connections, extraHeaders);

    public Provider Provider { get; }
    public UpstreamRoute Route { get; }
    public UpstreamConnections Connections { get; }
    public ImmutableArray<KeyValuePair<string, string>> ExtraHeaders { get; }

    /// <summary>The value of the credential's header. The last one is kept: a provider has few keys.</summary>
    public string AuthValue(string credential)
    {
        if (_auth is { } auth && ReferenceEquals(auth.Credential, credential)) return auth.Value;
        var value = Route.AuthPrefix + credential;
        _auth = new Auth(credential, value);
        return value;
    }

    /// <summary>For a provider's new configuration: the connections are kept unless what they depend on has changed.</summary>
    public static Upstream For(Provider provider, UpstreamRoute route, Upstream? before, ProviderLimits limits)
    {
        var keep = before is not null && before.Provider.BaseUrl == provider.BaseUrl && before.Provider.ConnectTimeoutMs == provider.ConnectTimeoutMs;
        // The handler of an old configuration ends with its calls and its idle timeout: disposing it would race with them.
        return new Upstream(provider, route, keep ? before!.Connections : new UpstreamConnections(provider, limits),
            [.. provider.ExtraHeaders.Where(header => HeaderPolicy.AllowsConfigured(header.Key, header.Value))]);
    }

    /// <summary>The same provider at another address, by the same connections: those of one call, where its key or its model names the address.</summary>
    public Upstream At(UpstreamRoute route) => new(Provider, route, Connections, ExtraHeaders);

    private sealed record Auth(string Credential, string Value);
}
