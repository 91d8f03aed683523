using Bifrost.Ledger.Signals;

namespace Bifrost.Ledger.Tests.Signals;

public class AsyncSignalTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(5);

    private readonly WatchedTimeProvider _time = new();
    private readonly AsyncSignal _signal = new();

    [Fact]
    public async Task A_pulse_between_look_and_wait_is_not_lost()
    {
        var next = _signal.Next;
        _signal.Pulse();

        await WaitAsync(next).WaitAsync(s_patience);
        Assert.Equal(0, _time.TimersWaiting);
    }

    [Fact]
    public async Task A_pulse_wakes_everyone_who_waits_and_nobody_who_comes_later()
    {
        var waiting = Enumerable.Range(0, 3).Select(_ => WaitAsync(_signal.Next)).ToArray();
        _signal.Pulse();
        var late = WaitAsync(_signal.Next);

        await Task.WhenAll(waiting).WaitAsync(s_patience);
        Assert.False(late.IsCompleted);
        _signal.Pulse();
        await late.WaitAsync(s_patience);
    }

    [Fact]
    public void One_task_stands_for_all_who_wait_and_an_unheard_pulse_leaves_nothing_behind()
    {
        _signal.Pulse();
        var next = _signal.Next;

        Assert.False(next.IsCompleted);
        Assert.Same(next, _signal.Next);
        _signal.Pulse();
        Assert.NotSame(next, _signal.Next);
    }

    [Fact]
    public async Task A_wait_ends_when_its_time_is_over_and_leaves_no_timer()
    {
        var waiting = WaitAsync(_signal.Next);
        _time.Advance(s_wait - TimeSpan.FromTicks(1));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));

        await waiting.WaitAsync(s_patience);
        await _signal.WaitAsync(_signal.Next, TimeSpan.Zero, _time).WaitAsync(s_patience);
        Assert.Equal(0, _time.TimersWaiting);
    }

    [Fact]
    public async Task The_end_of_one_wait_does_not_cost_the_next_waiter_its_pulse()
    {
        var first = WaitAsync(_signal.Next);
        _time.Advance(s_wait);
        await first.WaitAsync(s_patience);
        var second = WaitAsync(_signal.Next);

        Assert.False(second.IsCompleted);
        _signal.Pulse();
        await second.WaitAsync(s_patience);
    }

    [Fact]
    public async Task A_cancelled_wait_ends_and_does_not_throw()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _signal.WaitAsync(_signal.Next, Timeout.InfiniteTimeSpan, _time, cancel.Token);
        await cancel.CancelAsync();

        await waiting.WaitAsync(s_patience);
        await _signal.WaitAsync(_signal.Next, s_wait, _time, cancel.Token).WaitAsync(s_patience);
        Assert.Equal(0, _time.TimersWaiting);
    }

    [Fact]
    public async Task Waiters_do_not_run_inside_of_the_pulse()
    {
        // Without the framework's context, which would post the waiter anyway.
        SynchronizationContext.SetSynchronizationContext(null);
        using var pulsed = new ManualResetEventSlim();
        var waiter = ResumeAsync(_signal.Next);
        _signal.Pulse();
        pulsed.Set();

        // Inside of the pulse it would wait for what only comes after it.
        Assert.True(await waiter.WaitAsync(s_patience));

        async Task<bool> ResumeAsync(Task next)
        {
            await WaitAsync(next);
            return pulsed.Wait(s_wait);
        }
    }

    /// <summary>Producer and consumer as fast as they can: a lost wake-up would hang the consumer.</summary>
    [Fact]
    public async Task No_wake_up_is_lost_under_contention()
    {
        const int changes = 50_000;
        var state = 0;
        var consumer = ConsumeAsync();
        var producer = new Thread(Produce);
        producer.Start();

        Assert.Equal(changes, await consumer.WaitAsync(s_patience));
        producer.Join();

        void Produce()
        {
            for (var i = 0; i < changes; i++)
            {
                Interlocked.Increment(ref state);
                _signal.Pulse();
            }
        }

        async Task<int> ConsumeAsync()
        {
            while (true)
            {
                var next = _signal.Next;
                var seen = Volatile.Read(ref state);
                if (seen == changes) return seen;
                await next;
            }
        }
    }

    private Task WaitAsync(Task next) => _signal.WaitAsync(next, s_wait, _time);
}
