using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Dispatch;

public class CircuitTests
{
    private static readonly CircuitBreaker Rules = new() { FailureRatio = 0.5, MinimumThroughput = 4, SamplingMs = 10_000, BreakMs = 5_000 };

    private readonly FakeTimeProvider _time = new();
    private readonly Circuit _circuit;

    public CircuitTests() => _circuit = new Circuit(_time);

    [Fact]
    public void Stays_closed_below_the_minimum_throughput()
    {
        Calls(failures: 3, successes: 0);
        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void Opens_when_the_failure_ratio_is_reached_by_enough_calls()
    {
        Calls(failures: 0, successes: 2);
        Calls(failures: 1, successes: 0);
        Assert.Equal(CircuitState.Closed, _circuit.State);
        Calls(failures: 1, successes: 0);
        Assert.Equal(CircuitState.Open, _circuit.State);
        Assert.Equal(FailureKind.ServerError, _circuit.Cause);
        Assert.False(_circuit.TryEnter(out _));
        Assert.Equal(5_000, _circuit.ProbeInMs);
    }

    [Fact]
    public void Stays_closed_below_the_failure_ratio()
    {
        Calls(failures: 0, successes: 10);
        Calls(failures: 9, successes: 0);
        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void Forgets_failures_that_left_the_sampling_window()
    {
        Calls(failures: 3, successes: 0);
        _time.Advance(TimeSpan.FromMilliseconds(Rules.SamplingMs));
        Calls(failures: 3, successes: 0);
        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void Lets_a_single_probe_through_after_the_break()
    {
        Calls(failures: 4, successes: 0);
        _time.Advance(TimeSpan.FromMilliseconds(Rules.BreakMs - 1));
        Assert.False(_circuit.TryEnter(out _));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(_circuit.TryEnter(out _));
        Assert.Equal(CircuitState.HalfOpen, _circuit.State);
        Assert.False(_circuit.TryEnter(out _));
    }

    [Fact]
    public void Closes_after_a_probe_that_went_well_and_starts_counting_anew()
    {
        var probe = Probe();
        _circuit.Report(Rules, probe, CircuitSignal.Success);
        Assert.Equal(CircuitState.Closed, _circuit.State);
        Calls(failures: 3, successes: 0);
        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void Opens_again_after_a_probe_that_failed()
    {
        _circuit.Report(Rules, Probe(), CircuitSignal.Failure, FailureKind.Timeout);
        Assert.Equal(CircuitState.Open, _circuit.State);
        Assert.Equal(Rules.BreakMs, _circuit.ProbeInMs);
        Assert.Equal(FailureKind.Timeout, _circuit.Cause);
    }

    [Fact]
    public void Sends_another_probe_when_the_first_showed_nothing()
    {
        _circuit.Report(Rules, Probe(), CircuitSignal.Neutral);
        Assert.Equal(CircuitState.HalfOpen, _circuit.State);
        Assert.True(_circuit.TryEnter(out _));
    }

    [Fact]
    public void Ignores_results_of_calls_that_began_before_it_opened()
    {
        Assert.True(_circuit.TryEnter(out var early));
        var probe = Probe();
        _circuit.Report(Rules, early, CircuitSignal.Success);
        Assert.Equal(CircuitState.HalfOpen, _circuit.State);
        Assert.False(_circuit.TryEnter(out _));
        _circuit.Report(Rules, probe, CircuitSignal.Success);
        _circuit.ReportLate(Rules, early, FailureKind.BadAnswer);
        Assert.Equal(CircuitState.Closed, _circuit.State);
    }

    [Fact]
    public void Counts_a_stream_that_broke_after_a_good_beginning()
    {
        for (var i = 0; i < 4; i++)
        {
            Assert.True(_circuit.TryEnter(out var pass));
            _circuit.Report(Rules, pass, CircuitSignal.Success);
            _circuit.ReportLate(Rules, pass, FailureKind.BadAnswer);
        }
        Assert.Equal(CircuitState.Open, _circuit.State);
    }

    private void Calls(int failures, int successes)
    {
        for (var i = 0; i < failures + successes; i++)
        {
            Assert.True(_circuit.TryEnter(out var pass));
            _circuit.Report(Rules, pass, i < failures ? CircuitSignal.Failure : CircuitSignal.Success, FailureKind.ServerError);
        }
    }

    private CircuitPass Probe()
    {
        Calls(failures: 4, successes: 0);
        _time.Advance(TimeSpan.FromMilliseconds(Rules.BreakMs));
        Assert.True(_circuit.TryEnter(out var probe));
        return probe;
    }
}
