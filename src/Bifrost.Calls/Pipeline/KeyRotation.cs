using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Pipeline;

/// <summary>
/// Which of a provider's keys the tries at one target may still use. A rejected key is dead for the request; a rate-limited one rests
/// until every other has had its turn. A server's fault is tried again with the key it happened with.
/// </summary>
internal sealed class KeyRotation(Provider provider, KeyProvider? config, string model)
{
    private ImmutableArray<string> _dead = [];
    private ImmutableArray<string> _resting = [];
    private ImmutableArray<string> _candidates;
    private string? _pinned;

    /// <summary>For <see cref="ProviderCall.AllowedKeyIds"/>; default where the virtual key may use them all.</summary>
    public ImmutableArray<string> Allowed => _pinned is { } pinned ? [pinned] : config is { KeyIds.IsAll: false } ? Candidates : default;

    /// <summary>For <see cref="ProviderCall.ExhaustedKeyIds"/>.</summary>
    public ImmutableArray<string> Exhausted => _dead.IsEmpty ? _resting : [.. _dead, .. _resting];

    /// <summary>True when every key was rejected.</summary>
    public bool AllDead => !Candidates.IsEmpty && _dead.Length >= Candidates.Length;

    // Worked out when something went wrong, or when not all keys are open: the usual call needs no list.
    private ImmutableArray<string> Candidates => _candidates.IsDefault ? _candidates = ListCandidates() : _candidates;

    /// <summary>The try ended with a fault that is not the key's.</summary>
    public void Keep(string keyId) => _pinned = keyId.Length == 0 ? null : keyId;

    /// <summary>Lets any key be used again; false when that was so already.</summary>
    public bool Unpin()
    {
        if (_pinned is null) return false;
        _pinned = null;
        return true;
    }

    /// <summary>The key was rejected.</summary>
    public void Kill(string keyId)
    {
        _pinned = null;
        Add(ref _dead, keyId);
    }

    /// <summary>The key hit its provider's rate limit. True when others are left; false when all had their turn and begin anew.</summary>
    public bool Rest(string keyId)
    {
        _pinned = null;
        Add(ref _resting, keyId);
        foreach (var candidate in Candidates)
            if (!_dead.Contains(candidate) && !_resting.Contains(candidate)) return true;
        _resting = [];
        return false;
    }

    private ImmutableArray<string> ListCandidates()
    {
        var candidates = ImmutableArray.CreateBuilder<string>(provider.Keys.Length);
        foreach (var key in provider.Keys)
            if (KeyAccess.Serves(key, config, model)) candidates.Add(key.Id);

        return candidates.DrainToImmutable();
    }

    private static void Add(ref ImmutableArray<string> to, string keyId)
    {
        if (keyId.Length > 0 && !to.Contains(keyId)) to = to.Add(keyId);
    }
}
