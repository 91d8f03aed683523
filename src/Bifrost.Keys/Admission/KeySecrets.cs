using System.Security.Cryptography;
using Bifrost.Catalog.Model;

namespace Bifrost.Keys.Admission;

/// <summary>Compares what was shown with the secrets of a key, in constant time: the current one and, until its overlap ends, the one before.</summary>
public static class KeySecrets
{
    public static bool Fits(VirtualKey key, ReadOnlySpan<byte> hash, DateTimeOffset now)
    {
        var fits = false;
        foreach (var secret in key.Secrets)
        {
            var same = CryptographicOperations.FixedTimeEquals(secret.Hash.AsSpan(), hash);
            fits |= same & IsCurrent(secret.ValidUntil, now);
        }

        return fits;
    }

    /// <summary>Whether a secret still counts: the current one has no end, the one before counts until its overlap ends.</summary>
    public static bool IsCurrent(DateTimeOffset? validUntil, DateTimeOffset now) => validUntil is not { } end || now < end;
}
