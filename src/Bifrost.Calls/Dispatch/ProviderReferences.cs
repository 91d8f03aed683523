using System.Collections.Concurrent;
using Bifrost.Calls.Contracts;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// The providers that this silo has called. References are kept: they are as few as the providers that were ever configured. One per process;
/// thread-safe.
/// </summary>
public sealed class ProviderReferences(IGrainFactory grains, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ProviderReference> _byName = new(StringComparer.Ordinal);

    /// <summary>How to reach a configured provider.</summary>
    public ProviderReference Of(string provider) => _byName.TryGetValue(provider, out var known)
        ? known
        : _byName.GetOrAdd(provider, new ProviderReference(grains.GetGrain<IProviderGrain>(provider), time));
}
