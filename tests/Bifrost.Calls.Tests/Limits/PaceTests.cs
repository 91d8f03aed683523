using Bifrost.Calls.Limits;
using CsCheck;

namespace Bifrost.Calls.Tests.Limits;

public class PaceTests
{
    [Fact]
    public void In_any_span_nobody_does_more_than_the_burst_and_what_came_back_since() => Gen.Select(
        Gen.Int[1, 20], Gen.Int[1, 10], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 400]).Array[1, 200]).Sample((perSecond, burst, steps) =>
    {
        var time = new FakeTimeProvider();
        var pace = new Pace<int>(perSecond, burst, time, keptMax: 1);
        var done = new Dictionary<int, List<long>>();
        foreach (var (owner, ms) in steps)
        {
            time.Advance(TimeSpan.FromMilliseconds(ms));
            if (!done.TryGetValue(owner, out var own)) done.Add(owner, own = []);
            var now = time.GetTimestamp();
            var hadRoom = pace.HasRoom(owner);
            var may = pace.TryTake(owner);
            Assert.Equal(hadRoom, may);
            if (may) own.Add(now);
            else Assert.True(own.Count >= burst);
            for (var first = 0; first < own.Count; first++)
            {
                var allowed = burst + ((own[^1] - own[first]) / (time.TimestampFrequency / perSecond)) + 1;
                Assert.True(own.Count - first <= allowed);
            }
        }
    });

    [Fact]
    public void What_was_done_comes_back()
    {
        var time = new FakeTimeProvider();
        var pace = new Pace<string>(2, 3, time);
        for (var i = 0; i < 3; i++) Assert.True(pace.TryTake("a"));
        Assert.False(pace.TryTake("a"));
        Assert.True(pace.TryTake("b"));
        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.True(pace.TryTake("a"));
        Assert.False(pace.HasRoom("a"));
    }
}
