using Bifrost.Calls.Dispatch;
using CsCheck;

namespace Bifrost.Calls.Tests.Dispatch;

public class SlotQueueTests
{
    private static int s_keys;
    private readonly SlotQueue _queue = new();

    [Fact]
    public void Lets_the_longest_waiting_in_first()
    {
        Assert.Equal(SlotAnswer.Entered, Enter(1, 2, out _, out var running));
        Assert.Equal(SlotAnswer.Waiting, Enter(1, 2, out var first, out _));
        Assert.Equal(SlotAnswer.Waiting, Enter(1, 2, out var second, out _));
        Assert.Equal(SlotAnswer.Full, Enter(1, 2, out _, out _));
        _queue.Exit(running, 1);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public void Hands_nothing_to_one_who_left_the_queue()
    {
        Enter(1, 2, out _, out var running);
        Enter(1, 2, out var gone, out var place);
        Enter(1, 2, out var next, out _);
        Assert.True(_queue.TryLeaveQueue(place));
        _queue.Exit(running, 1);
        Assert.False(gone.IsCompleted);
        Assert.True(next.IsCompletedSuccessfully);
    }

    [Fact]
    public void Tells_one_who_leaves_too_late_that_the_slot_is_its_own()
    {
        Enter(1, 1, out _, out var running);
        Enter(1, 1, out _, out var place);
        _queue.Exit(running, 1);
        Assert.False(_queue.TryLeaveQueue(place));
        Assert.Equal(1, _queue.Running);
    }

    [Fact]
    public void Lets_nobody_in_above_a_lowered_bound_until_enough_have_left()
    {
        var running = new SlotPlace[3];
        for (var i = 0; i < 3; i++) Enter(3, 5, out _, out running[i]);
        Assert.Equal(SlotAnswer.Waiting, Enter(1, 5, out var turn, out _));
        _queue.Exit(running[0], 1);
        _queue.Exit(running[1], 1);
        Assert.False(turn.IsCompleted);
        _queue.Exit(running[2], 1);
        Assert.True(turn.IsCompletedSuccessfully);
    }

    [Fact]
    public void Lets_the_waiting_in_once_the_bound_was_raised()
    {
        Enter(1, 5, out _, out _);
        Enter(1, 5, out var turn, out _);
        Assert.Equal(SlotAnswer.Entered, Enter(3, 5, out _, out _));
        Assert.True(turn.IsCompletedSuccessfully);
    }

    [Fact]
    public void Refuses_a_slot_that_is_given_back_twice()
    {
        Enter(1, 1, out _, out var running);
        _queue.Exit(running, 1);
        Assert.Throws<InvalidOperationException>(() => _queue.Exit(running, 1));
    }

    /// <summary>One key's 50 streams took all 50 slots, and another key waited for minutes.</summary>
    [Fact]
    public void One_key_never_has_all_slots_and_never_all_places_in_the_queue()
    {
        var answers = new List<SlotAnswer>();
        for (var i = 0; i < 200; i++) answers.Add(_queue.Enter("greedy", 50, 100, out _, out _));
        Assert.Equal((37, 75, 88), (Count(SlotAnswer.Entered), Count(SlotAnswer.Waiting), Count(SlotAnswer.ShareFull)));
        for (var i = 0; i < 5; i++) Assert.Equal(SlotAnswer.Entered, _queue.Enter("second", 50, 100, out _, out _));
        Assert.Equal(SlotAnswer.Entered, _queue.Enter("third", 50, 100, out _, out _));

        int Count(SlotAnswer answer) => answers.Count(one => one == answer);
    }

    [Theory]
    [InlineData(2, 40)]
    [InlineData(5, 64)]
    [InlineData(10, 31)]
    public void Keys_that_all_want_more_come_to_equal_shares(int keys, int slots)
    {
        var running = new List<SlotPlace>[keys];
        var waiting = new List<(Task Turn, SlotPlace Place)>[keys];
        for (var key = 0; key < keys; key++)
        {
            (running[key], waiting[key]) = ([], []);
            for (var i = 0; i < 3 * slots; i++) Ask(key);
        }

        var random = new Random(7);
        for (var step = 0; step < 3_000; step++)
        {
            // Whoever holds a slot ends, and asks again.
            var key = random.Next(keys);
            if (running[key].Count == 0) continue;
            var place = running[key][^1];
            running[key].RemoveAt(running[key].Count - 1);
            _queue.Exit(place, slots);
            for (var one = 0; one < keys; one++) Collect(one);
            Ask(key);
        }

        var counts = running.Select(one => one.Count).ToList();
        Assert.True(counts.Max() - counts.Min() <= 1, string.Join(", ", counts));
        Assert.True(counts.Sum() >= slots * 3 / 4, string.Join(", ", counts));

        void Ask(int key)
        {
            var answer = _queue.Enter($"k{key}", slots, 100_000, out var turn, out var place);
            if (answer == SlotAnswer.Entered) running[key].Add(place);
            else if (answer == SlotAnswer.Waiting) waiting[key].Add((turn, place));
        }

        void Collect(int key)
        {
            while (waiting[key].Count > 0 && waiting[key][0].Turn.IsCompleted)
            {
                running[key].Add(waiting[key][0].Place);
                waiting[key].RemoveAt(0);
            }
        }
    }

    [Fact]
    public void Keeps_its_bounds_its_shares_and_its_order_whatever_happens() => Gen.Select(
        Gen.Int[1, 12], Gen.Int[0, 8], Gen.Select(Gen.Int[0, 3], Gen.Int[0, 5], Gen.Int[0, 9]).Array[0, 400]).Sample(Run, iter: 300);

    /// <summary>Steps: 0 and 1 a key comes, 2 one of its calls ends, 3 one of its calls leaves the queue.</summary>
    private static void Run(int slotsMax, int queueMax, (int Kind, int Key, int Place)[] steps)
    {
        var queue = new SlotQueue();
        var keys = Enumerable.Range(0, 6).Select(_ => (Running: new List<SlotPlace>(), Waiting: new List<(Task Turn, SlotPlace Place)>())).ToArray();
        foreach (var step in steps)
        {
            var (running, waiting) = keys[step.Key];
            switch (step.Kind)
            {
                case < 2:
                    var (freeBefore, placesBefore) = (slotsMax - queue.Running, queueMax - queue.Waiting);
                    var answer = queue.Enter($"k{step.Key}", slotsMax, queueMax, out var turn, out var place);
                    if (running.Count == 0 && freeBefore > 0) Assert.Equal(SlotAnswer.Entered, answer);
                    if (answer == SlotAnswer.Entered) running.Add(place);
                    if (answer == SlotAnswer.Waiting) waiting.Add((turn, place));
                    if (answer == SlotAnswer.Full) Assert.Equal(0, placesBefore);
                    if (answer == SlotAnswer.ShareFull) Assert.True(running.Count + waiting.Count > 0);
                    break;
                case 2 when running.Count > 0:
                    var ended = step.Place % running.Count;
                    queue.Exit(running[ended], slotsMax);
                    running.RemoveAt(ended);
                    break;
                case 3 when waiting.Count > 0:
                    var leaving = step.Place % waiting.Count;
                    Assert.True(queue.TryLeaveQueue(waiting[leaving].Place));
                    waiting.RemoveAt(leaving);
                    break;
            }

            foreach (var (has, waits) in keys)
            {
                // Within a key it is first come, first served.
                while (waits.Count > 0 && waits[0].Turn.IsCompletedSuccessfully)
                {
                    has.Add(waits[0].Place);
                    waits.RemoveAt(0);
                }

                Assert.DoesNotContain(waits, one => one.Turn.IsCompleted);
            }

            var taken = keys.Sum(key => key.Running.Count);
            Assert.Equal((taken, keys.Sum(key => key.Waiting.Count)), (queue.Running, queue.Waiting));
            Assert.InRange(taken, 0, slotsMax);
            Assert.InRange(queue.Waiting, 0, queueMax);

            // Nobody waits beside a free slot that it may have, but until the next one comes or goes.
            if (step.Kind == 2) Assert.DoesNotContain(keys, key => key.Waiting.Count > 0 && key.Running.Count == 0 && taken < slotsMax);
            foreach (var (has, _) in keys)
                Assert.True(has.Count <= 1 || has.Count <= 3 * (slotsMax - has.Count), $"{has.Count} of {slotsMax}");
        }
    }

    /// <summary>A call of a key of its own.</summary>
    private SlotAnswer Enter(int slotsMax, int queueMax, out Task turn, out SlotPlace place) =>
        _queue.Enter($"key-{Interlocked.Increment(ref s_keys)}", slotsMax, queueMax, out turn, out place);
}
