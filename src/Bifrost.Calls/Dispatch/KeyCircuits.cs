using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Dispatch;

/// <summary>The circuits of one provider's keys. A key whose secret changed starts anew; keys that are gone are forgotten.</summary>
internal sealed class KeyCircuits(TimeProvider time)
{
    private readonly Dictionary<string, (string Secret, Circuit Circuit)> _byKey = new(StringComparer.Ordinal);
    private Provider? _pruned;

    public Circuit Of(ProviderKey key)
    {
        if (_byKey.TryGetValue(key.Id, out var known) && known.Secret == key.Value) return known.Circuit;
        var circuit = new Circuit(time);
        _byKey[key.Id] = (key.Value, circuit);
        return circuit;
    }

    /// <summary>Forgets keys that this configuration no longer has.</summary>
    public void Prune(Provider provider)
    {
        if (ReferenceEquals(_pruned, provider)) return;
        _pruned = provider;
        foreach (var id in _byKey.Keys)
        {
            var kept = false;
            foreach (var key in provider.Keys) kept |= key.Id == id;
            // Removing while walking is allowed on a dictionary.
            if (!kept) _byKey.Remove(id);
        }
    }
}
