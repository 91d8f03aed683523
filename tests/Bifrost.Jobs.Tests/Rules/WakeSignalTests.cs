using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Tests.Rules;

/// <summary>Who waits and who wakes, on a clock that moves when told.</summary>
public sealed class WakeSignalTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly WakeSignal _signal = new();

    [Fact]
    public async Task A_set_wakes_the_waiter()
    {
        var waiting = _signal.WaitAsync(Second, _time);
        Assert.False(waiting.IsCompleted);
        _signal.Set();
        Assert.True(await waiting.WaitAsync(Patience));
    }

    [Fact]
    public async Task Sets_without_a_waiter_are_kept_as_one()
    {
        _signal.Set();
        _signal.Set();
        Assert.True(await _signal.WaitAsync(Second, _time).WaitAsync(Patience));
        Assert.False(_signal.WaitAsync(Second, _time).IsCompleted);
    }

    [Fact]
    public async Task A_set_after_the_time_is_over_is_kept_for_the_next_wait()
    {
        var late = _signal.WaitAsync(Second, _time);
        _time.Advance(Second);
        Assert.False(await late.WaitAsync(Patience));
        _signal.Set();
        Assert.True(await _signal.WaitAsync(Second, _time).WaitAsync(Patience));
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_leaves_no_timer()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _signal.WaitAsync(Second, _time, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Patience));
        Assert.Equal(0, _time.TimersWaiting);
    }

    [Fact]
    public void The_waiter_goes_on_on_its_context_and_not_inside_the_set()
    {
        var context = new QueueContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            var woken = false;
            _ = WaitAsync();
            _signal.Set();
            Assert.False(woken);
            context.RunAll();
            Assert.True(woken);

            async Task WaitAsync()
            {
                await _signal.WaitAsync(Second, _time);
                woken = true;
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class QueueContext : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = [];

        public override void Post(SendOrPostCallback d, object? state) => _ready.Enqueue((d, state));

        public void RunAll()
        {
            while (_ready.TryDequeue(out var next)) next.Callback(next.State);
        }
    }
}
