using System.Diagnostics.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Jobs.Metrics;

/// <summary>
/// How much waits in each partition and how long, as the store has it: every server on a store tells the same. The store is asked at most
/// every <see cref="JobOptions.BacklogEvery"/>, once at a time, and is never busy with it for more than a twentieth of the time. Thread-safe.
/// </summary>
public sealed class JobBacklogGauges
{
    /// <summary>A reading is followed by a pause of so many times its length.</summary>
    private const int PauseTimes = 20;

    private readonly IJobStore _store;
    private readonly JobOptions _options;
    private readonly TimeProvider _time;
    private readonly Counter<long> _failures;
    private readonly Lock _gate = new();

    // Under _gate.
    private Task _reading = Task.CompletedTask;
    private long? _endedAt;
    private TimeSpan _pause;

    // Written by the one reading; null: there is none, or the last one failed.
    private volatile Seen? _seen;

    public JobBacklogGauges(IJobStore store, JobOptions options, TimeProvider time, IMeterFactory meters)
    {
        (_store, _options, _time) = (store, options, time);
        var meter = meters.Create("Bifrost.Jobs.Backlog");
        Gauge(meter, "bifrost.jobs.pending", "{job}", "Jobs that wait, on all servers.", static depth => depth.Pending);
        Gauge(meter, "bifrost.jobs.processing", "{job}", "Jobs that are leased to a runner, on all servers.", static depth => depth.Processing);
        Gauge(meter, "bifrost.jobs.open", "By", "Request bodies of jobs that have not ended, on all servers.", static depth => depth.Bytes);
        Gauge(meter, "bifrost.jobs.keys", "{key}", "Virtual keys with jobs that have not ended, on all servers.", static depth => depth.Keys);
        Gauge(
            meter,
            "bifrost.jobs.oldest.age",
            "s",
            "Time since the submission of the job that is first in a key's queue, the oldest of its partition; 0 where nothing waits.",
            static depth => depth.OldestAge?.TotalSeconds ?? 0);
        meter.CreateObservableGauge(
            "bifrost.jobs.backlog.keys_unread", () => Of(static (seen, _) => seen.Backlog.KeysUnread), "{key}",
            "Keys whose oldest job the last reading did not look for.");
        meter.CreateObservableGauge(
            "bifrost.jobs.backlog.age", () => Of(static (seen, time) => time.GetElapsedTime(seen.At).TotalSeconds), "s",
            "Time since the reading that these figures are of.");
        _failures = meter.CreateCounter<long>("bifrost.jobs.backlog.failures", "{reading}", "Readings that the store did not answer.");
        _failures.Add(0);
    }

    /// <summary>
    /// Sees to it that the figures are fresh, if the store answers within <see cref="JobOptions.BacklogWaitMax"/>. The reading goes on for
    /// others when <paramref name="left"/> is cancelled.
    /// </summary>
    public async Task RefreshAsync(CancellationToken left)
    {
        Task reading;
        lock (_gate)
        {
            if (_reading.IsCompleted && !(_endedAt is { } at && _time.GetElapsedTime(at) < _pause)) _reading = ReadAsync();
            reading = _reading;
        }

        try
        {
            await reading.WaitAsync(_options.BacklogWaitMax, _time, left);
        }
        catch (TimeoutException)
        {
            // The age of what is shown tells of it.
        }
    }

    private async Task ReadAsync()
    {
        // The caller lets its lock go first.
        await Task.Yield();
        var begunAt = _time.GetTimestamp();
        try
        {
            var backlog = await _store.ReadBacklogAsync(_options.BacklogAgeKeysMax, CancellationToken.None);
            _seen = new Seen(backlog, _time.GetTimestamp());
        }
        catch (StoreUnavailableException)
        {
            _seen = null;
            _failures.Add(1);
        }

        var took = _time.GetElapsedTime(begunAt);
        lock (_gate)
        {
            _endedAt = _time.GetTimestamp();
            _pause = took * PauseTimes > _options.BacklogEvery ? took * PauseTimes : _options.BacklogEvery;
        }
    }

    private void Gauge(Meter meter, string name, string unit, string help, Func<JobPartitionDepth, double> value) =>
        meter.CreateObservableGauge(name, () => All(value), unit, help);

    private IEnumerable<Measurement<double>> All(Func<JobPartitionDepth, double> value)
    {
        if (_seen is not { Backlog.Partitions: var partitions }) yield break;
        var next = 0;
        for (var number = 0; number < _options.Partitions; number++)
        {
            var isOpen = next < partitions.Length && partitions[next].Partition == number;
            yield return new(isOpen ? value(partitions[next]) : 0, new KeyValuePair<string, object?>("partition", number));
            if (isOpen) next++;
        }
    }

    private IEnumerable<Measurement<double>> Of(Func<Seen, TimeProvider, double> value) => _seen is { } seen ? [new(value(seen, _time))] : [];

    private sealed record Seen(JobBacklog Backlog, long At);
}
