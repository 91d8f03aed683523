using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Limits;

namespace Bifrost.Keys.Admission;

/// <summary>Whether a virtual key may be used at all.</summary>
public enum KeyValidity
{
    Valid,

    /// <summary>No such key, or a secret that is not the key's.</summary>
    Unknown,

    Inactive,

    Expired,
}

/// <summary>The one rule of whether a virtual key may be used at all (contract sections 2 and 6).</summary>
public static class KeyValidityRule
{
    /// <param name="key">The caller's key; null where the catalog has none.</param>
    /// <param name="now">The moment of the call; a key is expired from its <see cref="VirtualKey.ExpiresAt"/> on.</param>
    public static KeyValidity Of(VirtualKey? key, DateTimeOffset now)
    {
        if (key is null) return KeyValidity.Unknown;
        if (!key.IsActive) return KeyValidity.Inactive;
        return key.ExpiresAt <= now ? KeyValidity.Expired : KeyValidity.Valid;
    }

    /// <summary>The refusal of a key that is not valid, worded for the caller; null: valid.</summary>
    public static Refusal? Refuse(VirtualKey? key, DateTimeOffset now) => Of(key, now) switch
    {
        KeyValidity.Unknown => KeyRefusals.KeyNotFound,
        KeyValidity.Inactive => KeyRefusals.Inactive(key!),
        KeyValidity.Expired => KeyRefusals.Expired(key!, key!.ExpiresAt!.Value),
        _ => null,
    };
}
