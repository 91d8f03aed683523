using Bifrost.Calls.Contracts;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// A circuit breaker: closed while calls go well; open for a time once too large a share of enough calls failed; then half-open,
/// when a single probe decides. Not thread-safe: its owner guards it. The rules are passed in with every call, since they may change.
/// </summary>
public sealed class Circuit(TimeProvider time)
{
    private const int BucketCount = 10;

    private readonly int[] _calls = new int[BucketCount];
    private readonly int[] _failures = new int[BucketCount];
    private long _slice;
    private long _openedAt;
    private int _breakMs;
    private bool _probing;

    /// <summary>Half-open from the first probe on, not from the end of the break.</summary>
    public CircuitState State { get; private set; }

    /// <summary>Number of state changes so far.</summary>
    internal int Era { get; private set; }

    /// <summary>What opened it last.</summary>
    public FailureKind Cause { get; private set; }

    /// <summary>Whether <see cref="TryEnter"/> would let a call through.</summary>
    public bool CanEnter => State switch
    {
        CircuitState.Closed => true,
        CircuitState.Open => ProbeInMs == 0,
        _ => !_probing,
    };

    /// <summary>Until the next probe may be made, in milliseconds; 0 when it may be made now.</summary>
    public long ProbeInMs => State == CircuitState.Open
        ? Math.Max(0, _breakMs - (long)time.GetElapsedTime(_openedAt).TotalMilliseconds)
        : 0;

    /// <summary>Takes leave for one call; the first one after the break is the probe.</summary>
    public bool TryEnter(out CircuitPass pass)
    {
        if (!CanEnter)
        {
            pass = default;
            return false;
        }
        if (State == CircuitState.Open) Become(CircuitState.HalfOpen);
        if (State == CircuitState.HalfOpen) _probing = true;
        pass = new CircuitPass(Era);
        return true;
    }

    /// <summary>Gives a pass back with what the call showed.</summary>
    public void Report(CircuitBreaker rules, CircuitPass pass, CircuitSignal signal, FailureKind cause = default)
    {
        if (pass.Era != Era) return;
        if (State == CircuitState.HalfOpen) EndProbe(rules, signal, cause);
        else Count(rules, signal, cause);
    }

    /// <summary>Turns a success that was reported into a failure: a stream that broke under way.</summary>
    public void ReportLate(CircuitBreaker rules, CircuitPass pass, FailureKind cause)
    {
        if (pass.Era != Era || State != CircuitState.Closed) return;
        _failures[Turn(rules.SamplingMs)]++;
        OpenIfReached(rules, cause);
    }

    private void EndProbe(CircuitBreaker rules, CircuitSignal signal, FailureKind cause)
    {
        _probing = false;
        if (signal == CircuitSignal.Success) Become(CircuitState.Closed);
        else if (signal == CircuitSignal.Failure) Open(rules, cause);
    }

    private void Count(CircuitBreaker rules, CircuitSignal signal, FailureKind cause)
    {
        if (signal == CircuitSignal.Neutral) return;
        var bucket = Turn(rules.SamplingMs);
        _calls[bucket]++;
        if (signal != CircuitSignal.Failure) return;
        _failures[bucket]++;
        OpenIfReached(rules, cause);
    }

    private void OpenIfReached(CircuitBreaker rules, FailureKind cause)
    {
        long calls = 0, failures = 0;
        for (var i = 0; i < BucketCount; i++)
        {
            calls += _calls[i];
            failures += _failures[i];
        }
        if (calls >= rules.MinimumThroughput && failures >= calls * rules.FailureRatio) Open(rules, cause);
    }

    /// <summary>Moves the sampling window to now and answers the bucket of now.</summary>
    private int Turn(int samplingMs)
    {
        var slice = time.GetTimestamp() / Math.Max(1, time.TimestampFrequency * samplingMs / 1_000 / BucketCount);
        // A clock that runs on, or rules that changed the length of a slice: whatever is not within the window goes.
        var passed = slice < _slice ? BucketCount : Math.Min(BucketCount, slice - _slice);
        for (var i = 0; i < passed; i++)
        {
            var stale = (int)((slice - i) % BucketCount);
            _calls[stale] = _failures[stale] = 0;
        }
        _slice = slice;
        return (int)(slice % BucketCount);
    }

    private void Open(CircuitBreaker rules, FailureKind cause)
    {
        Become(CircuitState.Open);
        Cause = cause;
        _openedAt = time.GetTimestamp();
        _breakMs = rules.BreakMs;
    }

    private void Become(CircuitState state)
    {
        State = state;
        Era++;
        _probing = false;
        Array.Clear(_calls);
        Array.Clear(_failures);
    }
}
