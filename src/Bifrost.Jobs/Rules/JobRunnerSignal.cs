using Bifrost.Ledger.Signals;

namespace Bifrost.Jobs.Rules;

/// <summary>
/// Where grains of this process tell its runner that there is something to do. Lossy by design: the runner looks by itself every
/// <see cref="JobOptions.PumpEvery"/>, and a lease's renewal tells of a cancel. Thread-safe; one per process.
/// </summary>
public sealed class JobRunnerSignal
{
    /// <summary>Keys that are remembered between two looks of the runner; the jobs of others are found by its own looks.</summary>
    private const int KeysMax = 10_000;

    private readonly Lock _gate = new();

    // Under _gate.
    private HashSet<(int Partition, string VirtualKeyId)> _due = [];

    /// <summary>Told, on the thread that asks, of a running job whose cancel was asked for; returns at once. Set by the runner before it runs.</summary>
    public Action<Guid>? CancelAsked { get; set; }

    /// <summary>A job of this key became due.</summary>
    public void Due(int partition, string virtualKeyId)
    {
        lock (_gate)
        {
            if (_due.Count < KeysMax) _due.Add((partition, virtualKeyId));
        }

        Wake();
    }

    /// <summary>A cancel of a job that may run here.</summary>
    public void Cancel(Guid jobId) => CancelAsked?.Invoke(jobId);

    /// <summary>Wakes the runner.</summary>
    public void Wake() => Woken.Pulse();

    /// <summary>Pulses when the runner is woken; its next is to be taken before the runner looks for work.</summary>
    public AsyncSignal Woken { get; } = new();

    /// <summary>The keys that became due since the last time.</summary>
    public IReadOnlyCollection<(int Partition, string VirtualKeyId)> Take()
    {
        lock (_gate)
        {
            var due = _due;
            if (due.Count > 0) _due = [];
            return due;
        }
    }
}
