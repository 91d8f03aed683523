using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Http.Auth;

namespace Bifrost.Gateway.Tests.Auth;

public class KeyRings
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Finds_the_key_of_a_secret_and_forgets_it_with_the_catalog_that_had_it()
    {
        var catalog = new CatalogHolder(Of(1, Key("a", ("secret-a", null)), Key("b", ("secret-b", null))));
        var ring = new KeyRing(catalog, _time);
        Assert.Equal("a", ring.Find(Hash("secret-a"))!.VirtualKeyId);
        Assert.Equal("b", ring.Find(Hash("secret-b"))!.VirtualKeyId);
        Assert.Null(ring.Find(Hash("secret-c")));

        catalog.Swap(Of(2, Key("a", ("secret-c", null))));
        Assert.Null(ring.Find(Hash("secret-a")));
        Assert.Null(ring.Find(Hash("secret-b")));
        Assert.Equal("a", ring.Find(Hash("secret-c"))!.VirtualKeyId);
    }

    [Fact]
    public void Knows_an_old_secret_until_its_overlap_ends()
    {
        var end = _time.GetUtcNow().AddMinutes(1);
        var ring = new KeyRing(new CatalogHolder(Of(1, Key("a", ("new", null), ("old", end)))), _time);
        Assert.Equal("a", ring.Find(Hash("old"))!.VirtualKeyId);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(ring.Find(Hash("old")));
        Assert.Equal("a", ring.Find(Hash("new"))!.VirtualKeyId);
    }

    [Fact]
    public void Knows_secrets_that_it_saw_go_as_revoked_and_others_not()
    {
        var end = _time.GetUtcNow().AddMinutes(1);
        var catalog = new CatalogHolder(Of(1, Key("deleted", ("a", null)), Key("rotated", ("b", null)), Key("overlaps", ("new", null), ("old", end))));
        var ring = new KeyRing(catalog, _time);
        Assert.NotNull(ring.Find(Hash("a")));
        catalog.Swap(Of(2, Key("rotated", ("c", null)), Key("overlaps", ("new", null), ("old", end))));
        foreach (var gone in (string[])["a", "b"]) Assert.Equal((null, true), (ring.Find(Hash(gone)), ring.WasRevoked(Hash(gone))));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((null, true), (ring.Find(Hash("old")), ring.WasRevoked(Hash("old"))));
        Assert.Equal((null, false), (ring.Find(Hash("never")), ring.WasRevoked(Hash("never"))));

        // A secret that comes back opens its key again.
        catalog.Swap(Of(3, Key("again", ("a", null))));
        Assert.Equal("again", ring.Find(Hash("a"))!.VirtualKeyId);
    }

    [Fact]
    public void Remembers_so_many_revoked_secrets_the_newest_ones()
    {
        var catalog = new CatalogHolder(Of(1, Key("first", ("first", null))));
        var ring = new KeyRing(catalog, _time);
        ring.Find(Hash("first"));
        catalog.Swap(Of(2, [.. Enumerable.Range(0, KeyRing.RevokedMax).Select(i => Key($"k{i}", ($"s{i}", null)))]));
        ring.Find(Hash("s0"));
        Assert.True(ring.WasRevoked(Hash("first")));
        catalog.Swap(Of(3));
        ring.Find(Hash("s0"));
        Assert.False(ring.WasRevoked(Hash("first")));
        Assert.True(ring.WasRevoked(Hash("s0")));
    }

    [Fact]
    public void Compares_whole_hashes_not_their_beginnings()
    {
        var similar = Hash("secret");
        similar[^1] ^= 1;
        var ring = new KeyRing(new CatalogHolder(Of(1, Key("a", ("secret", null)))), _time);
        Assert.Null(ring.Find(similar));
        Assert.NotNull(ring.Find(Hash("secret")));
    }

    [Fact]
    public void Tells_keys_apart_whose_hashes_begin_alike()
    {
        var other = Hash("secret");
        other[^1] ^= 1;
        var twins = new VirtualKey { Id = "b", Name = "b", Secrets = [new KeySecret([.. other], null)] };
        var ring = new KeyRing(new CatalogHolder(Of(1, Key("a", ("secret", null)), twins)), _time);
        Assert.Equal("a", ring.Find(Hash("secret"))!.VirtualKeyId);
        Assert.Equal("b", ring.Find(other)!.VirtualKeyId);
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static VirtualKey Key(string id, params (string Secret, DateTimeOffset? ValidUntil)[] secrets) => new()
    {
        Id = id,
        Name = id,
        Secrets = [.. secrets.Select(secret => new KeySecret([.. Hash(secret.Secret)], secret.ValidUntil))],
    };

    private static CatalogSnapshot Of(long version, params VirtualKey[] keys) => new()
    {
        Version = version,
        VirtualKeys = keys.ToFrozenDictionary(key => key.Id),
    };
}
