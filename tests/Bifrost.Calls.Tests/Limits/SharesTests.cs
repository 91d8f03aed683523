using Bifrost.Calls.Limits;
using CsCheck;

namespace Bifrost.Calls.Tests.Limits;

public class SharesTests
{
    [Fact]
    public void Nobody_has_more_than_a_share_and_nothing_is_lost() => Gen.Select(
        Gen.Int[1, 20], Gen.Select(Gen.Int[0, 1], Gen.Int[0, 30], Gen.Int[0, 9]).Array[0, 300]).Sample((max, steps) =>
    {
        // Few are kept, so that owners are forgotten all the time.
        var shares = new Shares<int>(keptMax: 4);
        var taken = new Dictionary<int, List<(Share Share, int Amount)>>();
        foreach (var (kind, owner, amount) in steps)
        {
            if (!taken.TryGetValue(owner, out var own)) taken.Add(owner, own = []);
            if (kind == 0)
            {
                var share = shares.TryTake(owner, amount, max);
                Assert.Equal(own.Sum(one => one.Amount) + amount <= max, share is not null);
                if (share is not null) own.Add((share, amount));
            }
            else if (own.Count > 0)
            {
                own[^1].Share.GiveBack(own[^1].Amount);
                own.RemoveAt(own.Count - 1);
            }

            Assert.Equal(own.Sum(one => one.Amount), shares.TakenBy(owner));
        }
    });

    [Fact]
    public void Owners_that_have_nothing_are_forgotten()
    {
        var shares = new Shares<int>(keptMax: 100);
        for (var owner = 0; owner < 10_000; owner++) shares.TryTake(owner, 1, 1)!.GiveBack(1);
        Assert.InRange(shares.Count, 0, 101);
    }

    [Fact]
    public void Many_threads_take_no_more_than_there_is()
    {
        var shares = new Shares<int>(keptMax: 2);
        var most = 0L;
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (shares.TryTake(i % 8, 1, 3) is not { } share) continue;
                var now = share.Taken;
                if (now > Volatile.Read(ref most)) Volatile.Write(ref most, now);
                share.GiveBack(1);
            }
        });
        Assert.InRange(most, 1, 3);
        for (var owner = 0; owner < 8; owner++) Assert.Equal(0, shares.TakenBy(owner));
    }
}
