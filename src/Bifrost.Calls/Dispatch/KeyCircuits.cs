using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// The circuits of one provider's keys, and when each was last rate limited. A key whose secret changed starts anew; keys that are gone are
/// forgotten. Not thread-safe: its owner guards it.
/// </summary>
internal sealed class KeyCircuits(TimeProvider time)
{
    private readonly Dictionary<string, Known> _byKey = new(StringComparer.Ordinal);
    private Provider? _pruned;

    public Circuit Of(ProviderKey key) => KnownOf(key).Circuit;

    /// <summary>The provider answered 429 to this key.</summary>
    public void RateLimited(string keyId, long? retryAfterMs)
    {
        if (_byKey.TryGetValue(keyId, out var known)) known.Limit = new RateLimitMark(time.GetTimestamp(), retryAfterMs);
    }

    public KeyCircuit Status(ProviderKey key)
    {
        var known = KnownOf(key);
        return Status(key.Id, known.Circuit, known.Limit, time);
    }

    public static KeyCircuit Status(string keyId, Circuit circuit, RateLimitMark? limit, TimeProvider time) => new()
    {
        KeyId = keyId,
        State = circuit.State,
        ProbeInMs = circuit.ProbeInMs,
        Cause = circuit.State == CircuitState.Closed ? null : circuit.Cause,
        RateLimitedAgoMs = limit is { } mark ? (long)time.GetElapsedTime(mark.At).TotalMilliseconds : null,
        RetryAfterMs = limit?.RetryAfterMs,
    };

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

    private Known KnownOf(ProviderKey key)
    {
        if (_byKey.TryGetValue(key.Id, out var known) && known.Secret == key.Value) return known;
        return _byKey[key.Id] = new Known(key.Value, new Circuit(time));
    }

    private sealed class Known(string secret, Circuit circuit)
    {
        public string Secret => secret;

        public Circuit Circuit => circuit;

        public RateLimitMark? Limit { get; set; }
    }
}

/// <summary>A 429 of the provider.</summary>
/// <param name="At">Timestamp of the clock.</param>
/// <param name="RetryAfterMs">Its Retry-After; null: none.</param>
internal readonly record struct RateLimitMark(long At, long? RetryAfterMs);
