using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Keys.Admission;

namespace Bifrost.Http.Auth;

/// <summary>
/// Finds the virtual key of a secret by its SHA-256. A map of this silo alone, rebuilt when the catalog changes; whether the key may
/// still be used is for its grain to say. Secrets that this silo saw go, of deleted keys and of rotated ones, stay known as revoked.
/// </summary>
public sealed class KeyRing(ICatalog catalog, TimeProvider time)
{
    /// <summary>Revoked secrets that are remembered; beyond it the oldest ones are unknown.</summary>
    public const int RevokedMax = 10_000;

    private readonly Lock _rebuilding = new();

    // Under _rebuilding: the remembered ones, the oldest first.
    private readonly Queue<UInt128> _oldest = new();

    // Replaced under _rebuilding; read without it.
    private volatile Ring _ring = new(CatalogSnapshot.Empty);
    private volatile FrozenSet<UInt128> _revoked = [];

    /// <summary>The caller that the hash belongs to; null when no key has it, or only one whose overlap after a rotation is over.</summary>
    public Caller? Find(ReadOnlySpan<byte> hash)
    {
        var ring = _ring;
        if (!ReferenceEquals(ring.Catalog, catalog.Current)) ring = Rebuild();
        if (ring.Find(hash) is not { } found) return null;
        return KeySecrets.IsCurrent(found.ValidUntil, time.GetUtcNow()) ? found.Caller : null;
    }

    /// <summary>Whether a secret that <see cref="Find"/> does not know was one, as far as this silo has seen.</summary>
    public bool WasRevoked(ReadOnlySpan<byte> hash) => _ring.Find(hash) is not null || _revoked.Contains(HalfOf(hash));

    private Ring Rebuild()
    {
        lock (_rebuilding)
        {
            var current = catalog.Current;
            if (ReferenceEquals(_ring.Catalog, current)) return _ring;
            var ring = new Ring(current);
            Remember(_ring.Catalog, ring);
            return _ring = ring;
        }
    }

    // Under _rebuilding.
    private void Remember(CatalogSnapshot before, Ring now)
    {
        var remembered = _oldest.Count;
        foreach (var key in before.VirtualKeys.Values)
            foreach (var secret in key.Secrets)
                if (now.Find(secret.Hash.AsSpan()) is null) _oldest.Enqueue(HalfOf(secret.Hash.AsSpan()));
        if (_oldest.Count == remembered) return;
        while (_oldest.Count > RevokedMax) _oldest.Dequeue();
        _revoked = _oldest.ToFrozenSet();
    }

    /// <summary>Enough to know a secret by that opens nothing, and need not be compared in constant time.</summary>
    private static UInt128 HalfOf(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128BigEndian(hash);

    /// <summary>One catalog's secrets, by the first eight bytes of their hashes.</summary>
    private sealed class Ring
    {
        private readonly Dictionary<ulong, Entry> _entries;

        public Ring(CatalogSnapshot catalog)
        {
            Catalog = catalog;
            _entries = new Dictionary<ulong, Entry>(catalog.VirtualKeys.Count);
            foreach (var key in catalog.VirtualKeys.Values)
            {
                foreach (var secret in key.Secrets)
                {
                    var hash = secret.Hash.AsMemory();
                    ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(
                        _entries, BinaryPrimitives.ReadUInt64BigEndian(hash.Span), out _);
                    entry = new Entry(hash, new Caller { VirtualKeyId = key.Id, SecretHash = hash }, secret.ValidUntil, entry);
                }
            }
        }

        public CatalogSnapshot Catalog { get; }

        public Entry? Find(ReadOnlySpan<byte> hash)
        {
            if (!_entries.TryGetValue(BinaryPrimitives.ReadUInt64BigEndian(hash), out var entry)) return null;
            for (; entry is not null; entry = entry.Next)
                if (CryptographicOperations.FixedTimeEquals(entry.Hash.Span, hash)) return entry;
            return null;
        }
    }

    private sealed record Entry(ReadOnlyMemory<byte> Hash, Caller Caller, DateTimeOffset? ValidUntil, Entry? Next);
}
