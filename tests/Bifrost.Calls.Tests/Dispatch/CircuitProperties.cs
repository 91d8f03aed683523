using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using CsCheck;

namespace Bifrost.Calls.Tests.Dispatch;

/// <summary>Random runs against a plain memory of everything that happened.</summary>
public class CircuitProperties
{
    private static readonly CircuitBreaker Rules = new() { FailureRatio = 0.4, MinimumThroughput = 5, SamplingMs = 1_000, BreakMs = 700 };

    private static readonly Gen<Step[]> s_steps = Gen.Select(
        Gen.Int[0, 7], Gen.Int[0, 999], Gen.Enum<CircuitSignal>(), Gen.Int[1, 399], (kind, pick, signal, ms) => new Step(kind, pick, signal, ms)).Array[0, 800];

    [Fact]
    public void Opens_exactly_when_the_window_says_so_and_probes_one_at_a_time() => s_steps.Sample(Run, iter: 300);

    private static void Run(Step[] steps)
    {
        var time = new FakeTimeProvider();
        var circuit = new Circuit(time);
        var passes = new List<CircuitPass>();
        var outcomes = new List<(long At, bool Failed)>();
        long openedAt = 0;
        foreach (var step in steps)
        {
            var nowMs = time.GetTimestamp() / TimeSpan.TicksPerMillisecond;
            switch (step.Kind)
            {
                case 0:
                    time.Advance(TimeSpan.FromMilliseconds(step.Ms));
                    break;
                case < 4:
                    var before = circuit.State;
                    var entered = circuit.TryEnter(out var pass);
                    if (before == CircuitState.Closed) Assert.True(entered);
                    if (before == CircuitState.Open) Assert.Equal(nowMs >= openedAt + Rules.BreakMs, entered);
                    if (before == CircuitState.HalfOpen) Assert.Equal(!passes.Any(p => p == pass || p.Era == circuit.Era), entered);
                    if (!entered) break;
                    if (before == CircuitState.Open) Assert.Equal(CircuitState.HalfOpen, circuit.State);
                    passes.Add(pass);
                    break;
                default:
                    if (passes.Count == 0) break;
                    var index = step.Pick % passes.Count;
                    var reported = passes[index];
                    passes.RemoveAt(index);
                    Report(circuit, reported, step.Signal, nowMs, outcomes, ref openedAt);
                    break;
            }
        }
    }

    private static void Report(Circuit circuit, CircuitPass pass, CircuitSignal signal, long nowMs, List<(long At, bool Failed)> outcomes, ref long openedAt)
    {
        var (before, era) = (circuit.State, circuit.Era);
        circuit.Report(Rules, pass, signal, FailureKind.Timeout);
        if (pass.Era != era)
        {
            Assert.Equal(before, circuit.State);
            return;
        }
        if (before == CircuitState.HalfOpen)
        {
            Assert.Equal(signal switch { CircuitSignal.Success => CircuitState.Closed, CircuitSignal.Failure => CircuitState.Open, _ => before }, circuit.State);
        }
        else if (signal != CircuitSignal.Neutral)
        {
            outcomes.Add((nowMs, signal == CircuitSignal.Failure));
            // The window moves in slices of a tenth: what is younger than nine of them counts for sure, what is older than ten never does.
            var surely = outcomes.Where(o => o.At > nowMs - Rules.SamplingMs * 9 / 10).ToList();
            var perhaps = outcomes.Where(o => o.At > nowMs - Rules.SamplingMs).ToList();
            if (circuit.State == CircuitState.Open)
            {
                Assert.Equal(CircuitSignal.Failure, signal);
                Assert.True(perhaps.Count >= Rules.MinimumThroughput);
            }
            else if (signal == CircuitSignal.Failure && surely.Count == perhaps.Count)
            {
                Assert.False(surely.Count >= Rules.MinimumThroughput && surely.Count(o => o.Failed) >= surely.Count * Rules.FailureRatio);
            }
        }
        if (circuit.State == before) return;
        outcomes.Clear();
        openedAt = nowMs;
    }
    /// <param name="Kind">0: time goes on; below 4: a call wants in; else one that is in reports.</param>
    /// <param name="Pick">Which call reports.</param>
    /// <param name="Signal">What it reports.</param>
    /// <param name="Ms">How far time goes on.</param>
    private readonly record struct Step(int Kind, int Pick, CircuitSignal Signal, int Ms);
}
