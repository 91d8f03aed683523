using Bifrost.Ledger.Ids;

namespace Bifrost.Ledger.Tests.Ids;

public class UuidTests
{
    private static readonly DateTimeOffset s_at = new(2026, 3, 4, 5, 6, 7, 891, TimeSpan.Zero);

    [Fact]
    public void Is_a_version_7_of_its_moment()
    {
        var id = Uuid.New(s_at);

        Assert.Equal(7, id.Version);
        Assert.InRange(id.Variant, 8, 11);
        var ms = Convert.ToInt64(id.ToString("N")[..12], 16);
        Assert.Equal(s_at, DateTimeOffset.FromUnixTimeMilliseconds(ms));
    }

    [Fact]
    public void Random_bits_are_given_out_once()
    {
        // Several fills of the pool, on several threads.
        var ids = new System.Collections.Concurrent.ConcurrentDictionary<Guid, bool>();
        Parallel.For(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => Assert.True(ids.TryAdd(Uuid.New(s_at), true)));

        Assert.Equal(20_000, ids.Count);
    }

    [Fact]
    public void Every_bit_behind_the_count_varies()
    {
        byte[] ones = new byte[16], zeros = new byte[16];
        for (var i = 0; i < 400; i++)
        {
            var bytes = Uuid.New(s_at).ToByteArray(bigEndian: true);
            for (var at = 0; at < 16; at++)
            {
                // Time, version and count.
                if (at < 8) continue;
                ones[at] |= bytes[at];
                zeros[at] |= (byte)~bytes[at];
            }
        }

        var varying = new byte[16];
        for (var at = 0; at < 16; at++) varying[at] = (byte)(ones[at] & zeros[at]);
        Assert.Equal("00000000000000003FFFFFFFFFFFFFFF", Convert.ToHexString(varying));
    }

    [Fact]
    public void Ids_of_one_millisecond_are_in_the_order_of_their_making()
    {
        // Another test's id of another time starts the count anew: a try beside it proves nothing, and there are many.
        for (var tries = 0; tries < 1_000; tries++)
        {
            var ids = new Guid[1_000];
            for (var i = 0; i < ids.Length; i++) ids[i] = Uuid.New(s_at);
            var texts = ids.Select(id => id.ToString("N")).ToArray();
            if (texts.SequenceEqual(texts.Order(StringComparer.Ordinal), StringComparer.Ordinal)) return;
        }

        Assert.Fail("Ids were never in order.");
    }
}
