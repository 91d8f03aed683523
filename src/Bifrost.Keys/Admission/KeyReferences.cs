using System.Collections.Concurrent;
using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Admission;

/// <summary>
/// The virtual keys that this silo has called lately. References are kept, since making one anew costs more than the call. One per process;
/// thread-safe.
/// </summary>
public sealed class KeyReferences(IGrainFactory grains)
{
    /// <summary>Keys remembered at most: then all are forgotten, and found anew.</summary>
    private const int KeptMax = 65_536;

    private readonly ConcurrentDictionary<string, KeyReference> _byId = new(StringComparer.Ordinal);

    /// <summary>How to reach a key. To be asked for with each call: what it answered before may be forgotten.</summary>
    public KeyReference Of(string virtualKeyId)
    {
        if (_byId.TryGetValue(virtualKeyId, out var known)) return known;
        if (_byId.Count >= KeptMax) _byId.Clear();
        return _byId.GetOrAdd(virtualKeyId, new KeyReference(grains.GetGrain<IVirtualKeyGrain>(virtualKeyId)));
    }
}
