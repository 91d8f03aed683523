using Bifrost.Ledger.Signals;
using System.Threading.Channels;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Runner;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Jobs.Tests.Runner;

/// <summary>A running job's lease, on a clock that moves when told.</summary>
public sealed class JobRenewals
{
    private readonly WatchedTimeProvider _time = new();
    private readonly JobOptions _options = new();
    private readonly ScriptedJobGrain _grain = new();
    private readonly Channel<TaskCompletionSource<JobRenewReply>> _asked = Channel.CreateUnbounded<TaskCompletionSource<JobRenewReply>>();
    private readonly AsyncSignal _renewNow = new();
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource<JobStop> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_lease_that_is_renewed_lasts()
    {
        var keeping = Start();
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(_options.RenewEvery);
            (await AskedAsync()).SetResult(new JobRenewReply { Held = true, LeaseMs = 30_000 });
            await RestsAsync();
        }

        Assert.False(_stopped.Task.IsCompleted);
        await _over.CancelAsync();
        await keeping.InTimeAsync();
    }

    [Fact]
    public async Task A_lease_that_nobody_confirms_is_given_up_before_it_ends()
    {
        var begunAt = _time.GetUtcNow();
        _ = Start();
        _time.Advance(_options.RenewEvery);

        // No answer comes, and no other does.
        await AskedAsync();
        _time.Advance(_options.LeaseFor - _options.LeaseMargin - _options.RenewEvery - TimeSpan.FromMilliseconds(1));
        Assert.False(_stopped.Task.IsCompleted);
        while (!_stopped.Task.IsCompleted)
        {
            Assert.True(_time.GetUtcNow() - begunAt < _options.LeaseFor, "The lease ended, and the run goes on.");
            _time.Advance(TimeSpan.FromMilliseconds(1));
            for (var i = 0; i < 1_000 && !_stopped.Task.IsCompleted; i++) await Task.Yield();
        }

        Assert.Equal(JobStop.LeaseLost, await _stopped.Task);
    }

    [Fact]
    public async Task A_lease_of_somebody_else_ends_the_run_at_once()
    {
        _ = Start();
        _time.Advance(_options.RenewEvery);
        (await AskedAsync()).SetResult(new JobRenewReply { Held = false });
        Assert.Equal(JobStop.LeaseLost, await _stopped.Task.InTimeAsync());
    }

    [Fact]
    public async Task A_cancel_is_heard_without_waiting_for_the_next_renewal()
    {
        _ = Start();
        _renewNow.Pulse();
        (await AskedAsync()).SetResult(new JobRenewReply { Held = true, CancelRequested = true, LeaseMs = 30_000 });
        Assert.Equal(JobStop.Cancel, await _stopped.Task.InTimeAsync());
    }

    private Task Start()
    {
        _grain.OnRenew = fence =>
        {
            Assert.Equal(7, fence);
            var reply = new TaskCompletionSource<JobRenewReply>();
            _asked.Writer.TryWrite(reply);
            return reply.Task;
        };
        var run = new JobRun
        {
            JobId = Guid.CreateVersion7(), VirtualKeyId = "vk", Fence = 7, Attempt = 1, LeaseMs = (long)_options.LeaseFor.TotalMilliseconds,
            Call = new JobCall { RequestId = "r" }, Body = default,
        };
        return new JobRenewal(_grain, run, _options, _time, NullLogger.Instance, reason => _stopped.TrySetResult(reason), _renewNow)
            .RunAsync(_time.GetTimestamp(), _renewNow.Next, _over.Token);
    }

    private async Task<TaskCompletionSource<JobRenewReply>> AskedAsync() => await _asked.Reader.ReadAsync().AsTask().InTimeAsync();

    // The renewal goes on on another thread: it is at rest again once it waits on the clock.
    private Task RestsAsync() => Eventually.UntilAsync(() => _time.TimersWaiting > 0);
}
