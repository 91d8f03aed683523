using System.Diagnostics.Metrics;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Metrics;

/// <summary>
/// What happens to jobs on this process. One per process. Labels are words of this file and error types of contract section 6; keys and
/// models are none: <c>/api/jobs/queues</c> tells of keys.
/// </summary>
public sealed class JobMetrics
{
    public const string MeterName = "Bifrost.Jobs";

    /// <summary>A run whose job was taken from it.</summary>
    public const string LeaseLostWord = "lease_lost";

    private static readonly InstrumentAdvice<double> s_waits =
        new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400] };

    private static readonly InstrumentAdvice<double> s_runs =
        new() { HistogramBucketBoundaries = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600] };

    private readonly Counter<long> _submitted;
    private readonly Counter<long> _repeated;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _started;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _givenBack;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _swept;
    private readonly Counter<long> _deliveries;
    private readonly UpDownCounter<long> _running;
    private readonly UpDownCounter<long> _polls;
    private readonly Histogram<double> _waits;
    private readonly Histogram<double> _runs;

    public JobMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _submitted = meter.CreateCounter<long>("bifrost.jobs.submitted", "{job}", "Jobs that were accepted.");
        _repeated = meter.CreateCounter<long>("bifrost.jobs.repeated", "{request}", "Submissions that were answered with the job of their Idempotency-Key.");
        _refused = meter.CreateCounter<long>("bifrost.jobs.refused", "{request}", "Submissions that were refused, by type of the error.");
        _started = meter.CreateCounter<long>("bifrost.jobs.started", "{run}", "Runs of jobs that were begun.");
        _ended = meter.CreateCounter<long>("bifrost.jobs.ended", "{job}", "Jobs that ended, by how.");
        _givenBack = meter.CreateCounter<long>("bifrost.jobs.given_back", "{run}", "Runs after which the job was pending again, by why.");
        _retried = meter.CreateCounter<long>("bifrost.jobs.retried", "{job}", "Ended jobs that an operator had run again.");
        _swept = meter.CreateCounter<long>("bifrost.jobs.swept", "{row}", "Expired rows that were deleted, by what they were.");
        _deliveries = meter.CreateCounter<long>("bifrost.webhooks.deliveries", "{try}", "Tries to tell a webhook endpoint, by what came of them.");
        _running = meter.CreateUpDownCounter<long>("bifrost.jobs.running", "{job}", "Jobs that this server runs now.");
        _polls = meter.CreateUpDownCounter<long>("bifrost.jobs.long_polls", "{request}", "Polls that wait for the end of a job now.");
        _waits = meter.CreateHistogram("bifrost.jobs.wait.duration", "s", "Time from a job's submission to its first run.", advice: s_waits);
        _runs = meter.CreateHistogram("bifrost.jobs.run.duration", "s", "Time of one run of a job, by what came of it.", advice: s_runs);
        BeginAtZero();
    }

    public void Submitted() => _submitted.Add(1);

    public void Repeated() => _repeated.Add(1);

    /// <param name="errorType">An error type of ours.</param>
    public void Refused(string errorType) => _refused.Add(1, Tag("error.type", errorType));

    /// <param name="waited">Since the submission, by the store's clock; null: the job ran before.</param>
    public void Started(TimeSpan? waited)
    {
        _started.Add(1);
        if (waited is { } time) _waits.Record(Math.Max(0, time.TotalSeconds));
    }

    public void Ended(JobStatus status) => _ended.Add(1, Tag("state", WordOf(status)));

    public void GivenBack(JobPutBackReason reason) => _givenBack.Add(1, Tag("reason", WordOf(reason)));

    public void LeaseLost() => _givenBack.Add(1, Tag("reason", LeaseLostWord));

    public void Retried() => _retried.Add(1);

    public void Swept(JobSweep rows)
    {
        _swept.Add(rows.Jobs, Tag("kind", "job"));
        _swept.Add(rows.IdempotencyKeys, Tag("kind", "idempotency_key"));
        _swept.Add(rows.Deliveries, Tag("kind", "delivery"));
    }

    public void Tried(JobDeliveryState state) => _deliveries.Add(1, Tag("outcome", WordOf(state)));

    public void RunBegins() => _running.Add(1);

    /// <param name="time">How long it ran.</param>
    /// <param name="outcome"><see cref="WordOf(JobStatus)"/>, <see cref="WordOf(JobPutBackReason)"/>, or <see cref="LeaseLostWord"/>.</param>
    public void RunEnds(TimeSpan time, string outcome)
    {
        _running.Add(-1);
        _runs.Record(time.TotalSeconds, Tag("outcome", outcome));
    }

    public void PollBegins() => _polls.Add(1);

    public void PollEnds() => _polls.Add(-1);

    public static string WordOf(JobStatus status) => status switch
    {
        JobStatus.Completed => "completed",
        JobStatus.Failed => "failed",
        JobStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "A job that has not ended."),
    };

    public static string WordOf(JobPutBackReason reason) => reason switch
    {
        JobPutBackReason.Wait => "wait",
        JobPutBackReason.Drain => "drain",
        _ => "broken_off",
    };

    private static string WordOf(JobDeliveryState state) => state switch
    {
        JobDeliveryState.Delivered => "delivered",
        JobDeliveryState.Dead => "given_up",
        _ => "retried",
    };

    /// <summary>A counter that is not there until it is one hides its first event from every rate.</summary>
    private void BeginAtZero()
    {
        foreach (var counter in (ReadOnlySpan<Counter<long>>)[_submitted, _repeated, _started, _retried]) counter.Add(0);
        foreach (var status in (ReadOnlySpan<JobStatus>)[JobStatus.Completed, JobStatus.Failed, JobStatus.Cancelled])
            _ended.Add(0, Tag("state", WordOf(status)));
        foreach (var reason in Enum.GetValues<JobPutBackReason>()) _givenBack.Add(0, Tag("reason", WordOf(reason)));
        _givenBack.Add(0, Tag("reason", LeaseLostWord));
        foreach (var state in (ReadOnlySpan<JobDeliveryState>)[JobDeliveryState.Delivered, JobDeliveryState.Pending, JobDeliveryState.Dead])
            _deliveries.Add(0, Tag("outcome", WordOf(state)));
        Swept(default);
        _running.Add(0);
        _polls.Add(0);
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
