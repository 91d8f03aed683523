using Bifrost.Calls.Dispatch;
using CsCheck;

namespace Bifrost.Calls.Tests.Dispatch;

public class SlotQueueTests
{
    private readonly SlotQueue _queue = new();

    [Fact]
    public void Lets_the_longest_waiting_in_first()
    {
        Assert.Equal(SlotAnswer.Entered, _queue.Enter(1, 2, out _, out _));
        Assert.Equal(SlotAnswer.Waiting, _queue.Enter(1, 2, out var first, out _));
        Assert.Equal(SlotAnswer.Waiting, _queue.Enter(1, 2, out var second, out _));
        Assert.Equal(SlotAnswer.Full, _queue.Enter(1, 2, out _, out _));
        _queue.Exit(1);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public void Hands_nothing_to_one_who_left_the_queue()
    {
        _queue.Enter(1, 2, out _, out _);
        _queue.Enter(1, 2, out var gone, out var place);
        _queue.Enter(1, 2, out var next, out _);
        Assert.True(_queue.TryLeaveQueue(place!));
        _queue.Exit(1);
        Assert.False(gone.IsCompleted);
        Assert.True(next.IsCompletedSuccessfully);
    }

    [Fact]
    public void Tells_one_who_leaves_too_late_that_the_slot_is_its_own()
    {
        _queue.Enter(1, 1, out _, out _);
        _queue.Enter(1, 1, out _, out var place);
        _queue.Exit(1);
        Assert.False(_queue.TryLeaveQueue(place!));
        Assert.Equal(1, _queue.Running);
    }

    [Fact]
    public void Lets_nobody_in_above_a_lowered_bound_until_enough_have_left()
    {
        for (var i = 0; i < 3; i++) _queue.Enter(3, 5, out _, out _);
        Assert.Equal(SlotAnswer.Waiting, _queue.Enter(1, 5, out var turn, out _));
        _queue.Exit(1);
        _queue.Exit(1);
        Assert.False(turn.IsCompleted);
        _queue.Exit(1);
        Assert.True(turn.IsCompletedSuccessfully);
    }

    [Fact]
    public void Lets_the_waiting_in_once_the_bound_was_raised()
    {
        _queue.Enter(1, 5, out _, out _);
        _queue.Enter(1, 5, out var turn, out _);
        Assert.Equal(SlotAnswer.Entered, _queue.Enter(3, 5, out _, out _));
        Assert.True(turn.IsCompletedSuccessfully);
    }

    [Fact]
    public void Refuses_a_slot_that_is_given_back_twice() => Assert.Throws<InvalidOperationException>(() => _queue.Exit(1));

    [Fact]
    public void Keeps_its_bounds_and_its_order_whatever_happens() => Gen.Select(
        Gen.Int[1, 3], Gen.Int[0, 4], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 4]).Array[0, 600]).Sample(Run, iter: 200);

    /// <summary>Steps: 0 somebody comes, 1 somebody leaves its slot, 2 the one at that place leaves the queue.</summary>
    private static void Run(int slotsMax, int queueMax, (int Kind, int Place)[] steps)
    {
        var queue = new SlotQueue();
        var running = 0;
        var waiting = new List<(Task Turn, LinkedListNode<TaskCompletionSource> Place)>();
        foreach (var step in steps)
        {
            switch (step.Kind)
            {
                case 0:
                    var expected = running < slotsMax ? SlotAnswer.Entered : waiting.Count < queueMax ? SlotAnswer.Waiting : SlotAnswer.Full;
                    Assert.Equal(expected, queue.Enter(slotsMax, queueMax, out var turn, out var place));
                    if (expected == SlotAnswer.Entered) running++;
                    if (expected == SlotAnswer.Waiting) waiting.Add((turn, place!));
                    break;
                case 1 when running > 0:
                    queue.Exit(slotsMax);
                    if (waiting.Count == 0) running--;
                    else
                    {
                        Assert.True(waiting[0].Turn.IsCompletedSuccessfully);
                        waiting.RemoveAt(0);
                    }
                    break;
                case 2 when waiting.Count > 0:
                    var leaving = step.Place % waiting.Count;
                    Assert.True(queue.TryLeaveQueue(waiting[leaving].Place));
                    waiting.RemoveAt(leaving);
                    break;
            }
            Assert.Equal(running, queue.Running);
            Assert.Equal(waiting.Count, queue.Waiting);
            Assert.DoesNotContain(waiting, one => one.Turn.IsCompleted);
        }
    }
}
