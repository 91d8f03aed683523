using System.Collections.Concurrent;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;

namespace Bifrost.Providers.Exchanges;

/// <summary>Connections by provider name. As many entries as names were ever configured.</summary>
/// <param name="limits">Sizes and times.</param>
/// <param name="route">How a dialect reaches a provider.</param>
internal sealed class Upstreams(ProviderLimits limits, Func<Provider, UpstreamRoute> route)
{
    private readonly ConcurrentDictionary<string, Upstream> _byProvider = new(StringComparer.Ordinal);

    public Upstream For(Provider provider)
    {
        while (true)
        {
            var known = _byProvider.GetValueOrDefault(provider.Name);
            if (known is not null && ReferenceEquals(known.Provider, provider)) return known;
            var fresh = Upstream.For(provider, route(provider), known, limits);
            if (known is null ? _byProvider.TryAdd(provider.Name, fresh) : _byProvider.TryUpdate(provider.Name, fresh, known)) return fresh;
        }
    }
}
