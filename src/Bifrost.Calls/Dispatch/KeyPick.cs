using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>Which of a provider's keys a call uses.</summary>
internal readonly record struct KeyPick(ProviderKey? Key, ProviderFailure? Failure)
{
    private const int KeysOnStack = 64;

    /// <summary>Weighted random choice among the keys that this call may use and whose circuit lets it through.</summary>
    public static KeyPick From(Provider provider, ProviderCall call, KeyCircuits circuits, Random random)
    {
        var keys = provider.Keys;
        Span<double> weights = keys.Length <= KeysOnStack ? stackalloc double[keys.Length] : new double[keys.Length];
        Span<int> indexes = keys.Length <= KeysOnStack ? stackalloc int[keys.Length] : new int[keys.Length];
        int candidates = 0, permitted = 0, resting = 0;
        Circuit? soonest = null;
        for (var i = 0; i < keys.Length; i++)
        {
            var key = keys[i];
            if (!Permits(key, call)) continue;
            permitted++;
            if (call.ExhaustedKeyIds.Contains(key.Id)) continue;
            var circuit = circuits.Find(key.Id, key.Value, call.Model);
            if (circuit is not { CanEnter: false })
            {
                weights[candidates] = key.Weight;
                indexes[candidates++] = i;
                continue;
            }
            resting++;
            if (soonest is null || circuit.ProbeInMs < soonest.ProbeInMs) soonest = circuit;
        }

        if (candidates > 0) return new(keys[indexes[candidates == 1 ? 0 : KeyChoice.Choose(weights[..candidates], random.NextDouble())]], null);
        if (resting > 0) return new(null, ProviderFailures.CircuitOpen(provider.Name, soonest!.Cause, soonest.ProbeInMs));
        return new(null, ProviderFailures.KeysExhausted(permitted > 0
            ? $"Every key of provider '{provider.Name}' that this request may use was refused or is rate limited."
            : $"Provider '{provider.Name}' has no enabled key that this request may use for model '{call.Model}'."));
    }

    private static bool Permits(ProviderKey key, ProviderCall call) =>
        KeyAccess.Serves(key, call.Model) && (call.AllowedKeyIds.IsDefault || call.AllowedKeyIds.Contains(key.Id));
}
