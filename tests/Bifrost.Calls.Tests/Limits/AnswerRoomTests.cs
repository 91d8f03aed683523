using Bifrost.Calls.Limits;
using CsCheck;

namespace Bifrost.Calls.Tests.Limits;

public class AnswerRoomTests
{
    [Fact]
    public async Task A_key_waits_for_its_own_answers_and_no_other_key_does()
    {
        var room = new AnswerRoom(100, 50);
        using var first = await ClaimAsync(room, "slow", 50);
        var second = ClaimAsync(room, "slow", 10);
        Assert.False(second.IsCompleted);
        using var other = await ClaimAsync(room, "other", 50).InTimeAsync();
        Assert.Equal((100L, 1), (room.Taken, room.Waiting));
        first.Dispose();
        first.Dispose();
        (await second.InTimeAsync()).Dispose();
        Assert.Equal(50, room.Taken);
    }

    [Fact]
    public async Task Small_answers_do_not_keep_a_large_one_out()
    {
        var room = new AnswerRoom(100, 60);
        var a = await ClaimAsync(room, "a", 60);
        var large = ClaimAsync(room, "b", 60);
        var small = ClaimAsync(room, "c", 10);
        Assert.False(small.IsCompleted);
        a.Dispose();
        (await large.InTimeAsync()).Dispose();
        (await small.InTimeAsync()).Dispose();
        Assert.Equal(0, room.Taken);
    }

    [Fact]
    public async Task An_answer_above_the_share_takes_all_of_it_and_one_that_leaves_takes_nothing()
    {
        var room = new AnswerRoom(100, 50);
        using var claim = await ClaimAsync(room, "a", 1_000);
        Assert.Equal(50, room.Taken);
        using var leaving = new CancellationTokenSource();
        var next = new AnswerClaim(room, "a").TakeAsync(1, leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.InTimeAsync());
        Assert.Equal((50L, 0), (room.Taken, room.Waiting));
    }

    [Fact]
    public void Bounds_hold_and_nothing_is_lost() => Gen.Select(
        Gen.Int[1, 60], Gen.Int[1, 60], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[1, 40]).Array[0, 200]).Sample((max, share, steps) =>
    {
        share = Math.Min(share, max);
        var room = new AnswerRoom(max, share);
        var has = new List<(string Key, AnswerClaim Claim)>();
        var waits = new List<(string Key, AnswerClaim Claim, Task Turn, CancellationTokenSource Leaving)>();
        foreach (var (kind, key, amount) in steps)
        {
            switch (kind)
            {
                case 0:
                    var claim = new AnswerClaim(room, $"k{key}");
                    var leaving = new CancellationTokenSource();
                    waits.Add(($"k{key}", claim, claim.TakeAsync(amount, leaving.Token).AsTask(), leaving));
                    break;
                case 1 when has.Count > 0:
                    has[amount % has.Count].Claim.Dispose();
                    has.RemoveAt(amount % has.Count);
                    break;
                case 2 when has.Count > 0:
                    has[amount % has.Count].Claim.Shrink(amount);
                    break;
                case 3 when waits.Count > 0:
                    waits[amount % waits.Count].Leaving.Cancel();
                    break;
            }

            // A turn goes on in the thread pool.
            foreach (var wait in waits.ToList())
            {
                if (room.Waiting < waits.Count && !wait.Turn.IsCompleted) SpinWait.SpinUntil(() => wait.Turn.IsCompleted || room.Waiting == waits.Count(one => !one.Turn.IsCompleted));
                if (!wait.Turn.IsCompleted) continue;
                if (wait.Turn.IsCompletedSuccessfully) has.Add((wait.Key, wait.Claim));
                waits.Remove(wait);
            }

            Assert.InRange(room.Taken, 0, max);
        }

        foreach (var one in has) one.Claim.Dispose();
        while (waits.Count > 0)
        {
            foreach (var wait in waits.Where(one => one.Turn.IsCompleted).ToList())
            {
                wait.Claim.Dispose();
                waits.Remove(wait);
            }
        }

        Assert.Equal((0L, 0), (room.Taken, room.Waiting));
    }, iter: 100);

    private static async Task<AnswerClaim> ClaimAsync(AnswerRoom room, string key, long bytes)
    {
        var claim = new AnswerClaim(room, key);
        await claim.TakeAsync(bytes, CancellationToken.None);
        return claim;
    }
}
