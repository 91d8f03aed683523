using Bifrost.Calls.Contracts;
using Bifrost.Calls.Pulse;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Calls.Tests.Pulse;

/// <summary>A process whose grains are stuck must not read as alive, and one that is only busy must.</summary>
public sealed class SiloPulseTests : IPulseGrain, IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly SiloPulse _pulse;
    private volatile TaskCompletionSource? _stuck;
    private int _beats;

    public SiloPulseTests() => _pulse = new SiloPulse(GrainFactoryProxy.Of((_, _) => this), _time, NullLogger<SiloPulse>.Instance);

    public void Dispose() => _pulse.Dispose();

    Task IPulseGrain.Beat()
    {
        Interlocked.Increment(ref _beats);
        return _stuck?.Task ?? Task.CompletedTask;
    }

    [Fact]
    public async Task Grains_that_answer_nothing_for_half_a_minute_are_stuck_until_they_answer()
    {
        await _pulse.StartAsync(CancellationToken.None);
        await BeatsAsync(2);
        _stuck = new TaskCompletionSource();
        var before = Volatile.Read(ref _beats);
        await BeatsAsync(before + 1);

        _time.Advance(SiloPulse.QuietMax - TimeSpan.FromSeconds(2));
        Assert.False(_pulse.IsStuck);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(_pulse.IsStuck);

        var answered = _stuck;
        _stuck = null;
        answered.SetException(new TimeoutException("no answer"));
        await Eventually.RepeatAsync(() => _time.Advance(SiloPulse.Every), () => !_pulse.IsStuck);
        await _pulse.StopAsync(CancellationToken.None).InTimeAsync();
    }

    private Task BeatsAsync(int count) => Eventually.RepeatAsync(() => _time.Advance(SiloPulse.Every), () => Volatile.Read(ref _beats) >= count);
}
