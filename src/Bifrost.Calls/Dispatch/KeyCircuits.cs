using System.Runtime.InteropServices;
using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// The circuits of one provider by key and model, and when each key was last rate limited; a provider without keys has an empty one. Circuits are made
/// with the first failure: what never fails needs none, and names of models that somebody makes up cost nothing. A key whose secret changed starts anew;
/// keys that are gone are forgotten. Not thread-safe: its owner guards it.
/// </summary>
internal sealed class KeyCircuits(TimeProvider time)
{
    /// <summary>Circuits beyond which those that are closed are forgotten, with the failures that they have counted.</summary>
    private const int CircuitsMax = 1_024;

    private readonly Dictionary<(string KeyId, string Model), (string Secret, Circuit Circuit)> _all = [];
    private readonly Dictionary<string, (string Secret, RateLimitMark Mark)> _limits = new(StringComparer.Ordinal);
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

    /// <summary>The provider answered 429 to this key; an empty id stands for calls without a key of ours.</summary>
    public void RateLimited(string keyId, string? secret, long? retryAfterMs) =>
        _limits[keyId] = (keyId.Length == 0 ? "" : secret ?? "", new RateLimitMark(time.GetTimestamp(), retryAfterMs));

    /// <summary>The worst circuit of a key with any model, and its last 429.</summary>
    public KeyCircuit Status(string keyId, string? secret)
    {
        Circuit? worst = null;
        foreach (var (at, known) in _all)
        {
            if (at.KeyId != keyId || known.Secret != (secret ?? "") || known.Circuit.State == CircuitState.Closed) continue;
            if (worst is not { State: CircuitState.Open }) worst = known.Circuit;
        }

        return Status(keyId, secret, worst);
    }

    /// <summary>A circuit and the last 429 of a key; null: no circuit is open.</summary>
    public KeyCircuit Status(string keyId, string? secret, Circuit? circuit)
    {
        RateLimitMark? limit = _limits.TryGetValue(keyId, out var known) && known.Secret == (secret ?? "") ? known.Mark : null;
        return new KeyCircuit
        {
            KeyId = keyId,
            State = circuit?.State ?? CircuitState.Closed,
            ProbeInMs = circuit?.ProbeInMs ?? 0,
            Cause = circuit is null or { State: CircuitState.Closed } ? null : circuit.Cause,
            RateLimitedAgoMs = limit is { } mark ? (long)time.GetElapsedTime(mark.At).TotalMilliseconds : null,
            RetryAfterMs = limit?.RetryAfterMs,
        };
    }

    /// <summary>Forgets keys that this configuration no longer has.</summary>
    public void Prune(Provider provider)
    {
        if (ReferenceEquals(_pruned, provider)) return;
        _pruned = provider;

        // Removing while walking is allowed on a dictionary.
        foreach (var at in _all.Keys)
            if (!IsKept(provider, at.KeyId)) _all.Remove(at);
        foreach (var keyId in _limits.Keys)
            if (!IsKept(provider, keyId)) _limits.Remove(keyId);
    }

    private static bool IsKept(Provider provider, string keyId)
    {
        var kept = keyId.Length == 0;
        foreach (var key in provider.Keys) kept |= key.Id == keyId;
        return kept;
    }

    private void Forget(Func<Circuit, bool> which)
    {
        foreach (var (at, known) in _all)
            if (which(known.Circuit)) _all.Remove(at);
    }
}

/// <summary>A 429 of the provider.</summary>
/// <param name="At">Timestamp of the clock.</param>
/// <param name="RetryAfterMs">Its Retry-After; null: none.</param>
internal readonly record struct RateLimitMark(long At, long? RetryAfterMs);
