using System.Runtime.InteropServices;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// The circuits of one provider by key and model; a provider without keys has an empty one. Made with the first failure: what never fails needs
/// none, and names of models that somebody makes up cost nothing. A key whose secret changed starts anew; keys that are gone are forgotten.
/// </summary>
internal sealed class KeyCircuits(TimeProvider time)
{
    /// <summary>Circuits beyond which those that are closed are forgotten, with the failures that they have counted.</summary>
    private const int CircuitsMax = 1_024;

    private readonly Dictionary<(string KeyId, string Model), (string Secret, Circuit Circuit)> _all = [];
    private Provider? _pruned;

    /// <summary>Null where nothing has failed so far.</summary>
    public Circuit? Find(string keyId, string? secret, string model) =>
        _all.Count > 0 && _all.TryGetValue((keyId, model), out var known) && known.Secret == (secret ?? "") ? known.Circuit : null;

    /// <summary>For a failure.</summary>
    public Circuit Make(string keyId, string? secret, string model)
    {
        if (Find(keyId, secret, model) is { } known) return known;
        if (_all.Count >= CircuitsMax) Forget(static circuit => circuit.State == CircuitState.Closed);
        if (_all.Count >= CircuitsMax) Forget(static _ => true);
        ref var made = ref CollectionsMarshal.GetValueRefOrAddDefault(_all, (keyId, model), out _);
        made = (secret ?? "", new Circuit(time));
        return made.Circuit;
    }

    /// <summary>The worst state of a key with any model.</summary>
    public CircuitState StateOf(string keyId)
    {
        var worst = CircuitState.Closed;
        foreach (var (at, known) in _all)
        {
            if (at.KeyId != keyId || known.Circuit.State == CircuitState.Closed) continue;
            if (worst != CircuitState.Open) worst = known.Circuit.State;
        }

        return worst;
    }

    /// <summary>Forgets keys that this configuration no longer has.</summary>
    public void Prune(Provider provider)
    {
        if (ReferenceEquals(_pruned, provider)) return;
        _pruned = provider;
        foreach (var at in _all.Keys)
        {
            var kept = at.KeyId.Length == 0;
            foreach (var key in provider.Keys) kept |= key.Id == at.KeyId;
            // Removing while walking is allowed on a dictionary.
            if (!kept) _all.Remove(at);
        }
    }

    private void Forget(Func<Circuit, bool> which)
    {
        foreach (var (at, known) in _all)
            if (which(known.Circuit)) _all.Remove(at);
    }
}
