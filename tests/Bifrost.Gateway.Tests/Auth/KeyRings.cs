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
