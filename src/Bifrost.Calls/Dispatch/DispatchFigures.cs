using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>What came of the tries of one provider, or of one of its models, on this silo in the last minute. Not thread-safe: its owner guards it.</summary>
internal sealed class DispatchFigures
{
    private const int SliceCount = 6;
    private const int SliceMs = 10_000;

    private static readonly FailureKind[] s_kinds = Enum.GetValues<FailureKind>();

    private readonly TimeProvider _time;
    private readonly long _madeAt;
    private readonly Slice[] _slices = new Slice[SliceCount];
    private long _slice;

    public DispatchFigures(TimeProvider time)
    {
        (_time, _madeAt) = (time, time.GetTimestamp());
        for (var i = 0; i < SliceCount; i++) _slices[i] = new Slice();
    }

    /// <summary>Tries that came to their answer.</summary>
    public int Calls
    {
        get
        {
            Turn();
            var calls = 0;
            foreach (var slice in _slices) calls += slice.Calls;
            return calls;
        }
    }

    /// <summary>A try that had its slot came to its answer. That its caller left says nothing about the provider.</summary>
    /// <param name="took">From the slot to the whole body, the first event, or the failure.</param>
    /// <param name="failure">What went wrong; null: nothing.</param>
    public void Answered(TimeSpan took, FailureKind? failure)
    {
        var now = Turn();
        now.Calls++;
        if (failure == FailureKind.Aborted) return;
        now.Latency.Add((long)took.TotalMilliseconds);
        if (failure is { } kind) now.Fail(kind);
    }

    /// <summary>A try was refused before it had a slot: nothing was sent.</summary>
    public void Refused(FailureKind kind) => Turn().Errors[(int)kind]++;

    /// <summary>A stream that counts as answered broke later.</summary>
    public void Broke(FailureKind kind) => Turn().Fail(kind);

    public ProviderFigures Read()
    {
        Turn();
        var errors = new int[s_kinds.Length];
        var latency = new LatencyBuckets();
        int calls = 0, failures = 0;
        foreach (var slice in _slices)
        {
            calls += slice.Calls;
            failures += slice.Failures;
            latency.Add(slice.Latency);
            for (var i = 0; i < errors.Length; i++) errors[i] += slice.Errors[i];
        }

        return new ProviderFigures
        {
            WindowMs = Math.Min(((SliceCount - 1) * SliceMs) + (MsSince(0) % SliceMs), Math.Max(1, MsSince(_madeAt))),
            Calls = calls,
            Failures = failures,
            LatencyP50Ms = latency.AtMost(500),
            LatencyP95Ms = latency.AtMost(950),
            LatencyP99Ms = latency.AtMost(990),
            Errors = [.. s_kinds.Where(kind => errors[(int)kind] > 0).Select(kind => new FailureCount { Kind = kind, Count = errors[(int)kind] })],
        };
    }

    /// <summary>Clears what has left the window, and answers the slice of now.</summary>
    private Slice Turn()
    {
        var slice = MsSince(0) / SliceMs;
        var passed = Math.Clamp(slice - _slice, 0, SliceCount);
        for (var i = 0; i < passed; i++) _slices[(slice - i) % SliceCount].Clear();
        _slice = slice;
        return _slices[slice % SliceCount];
    }

    private long MsSince(long timestamp) => (long)_time.GetElapsedTime(timestamp).TotalMilliseconds;

    private sealed class Slice
    {
        public int Calls { get; set; }

        public int Failures { get; private set; }

        public int[] Errors { get; } = new int[s_kinds.Length];

        public LatencyBuckets Latency { get; } = new();

        public void Fail(FailureKind kind)
        {
            Failures++;
            Errors[(int)kind]++;
        }

        public void Clear()
        {
            (Calls, Failures) = (0, 0);
            Array.Clear(Errors);
            Latency.Clear();
        }
    }
}
