using Bifrost.Calls.Limits;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Jobs.Tests.Metrics;

/// <summary>What is counted of jobs, over a store in memory and a clock that moves when told.</summary>
public sealed class JobMetricsTests : IDisposable
{
    private static readonly Guid s_runner = Guid.CreateVersion7();

    private readonly FakeTimeProvider _time = new();
    private readonly TestMeters _meters = new();
    private readonly JobOptions _options = new() { Partitions = 4, AttemptsMax = 2, KeptBytesPerKeyMax = 10_000, BacklogEvery = TimeSpan.FromSeconds(15) };
    private readonly ScrapedMeters _scraped;
    private readonly WatchedJobStore _watched;
    private readonly MeteredJobStore _store;
    private readonly JobBacklogGauges _backlog;

    public JobMetricsTests()
    {
        _scraped = new ScrapedMeters(_meters);
        _watched = new WatchedJobStore(new InMemoryJobStore(_time, _options));
        _store = new MeteredJobStore(_watched, new JobMetrics(_meters), new LimitWatch(_meters, _time, NullLogger<LimitWatch>.Instance));
        _backlog = new JobBacklogGauges(_watched, _options, _time, _meters);
    }

    public void Dispose()
    {
        _scraped.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Everything_that_can_be_counted_begins_at_zero()
    {
        var page = await PageAsync();
        foreach (var name in new[] { "submitted", "repeated", "started", "retried" }) Assert.Equal(0, page.Value($"bifrost_jobs_{name}_total"));
        foreach (var state in new[] { "completed", "failed", "cancelled" }) Assert.Equal(0, Ended(page, state));
        foreach (var reason in new[] { "wait", "drain", "broken_off", "lease_lost" }) Assert.Equal(0, GivenBack(page, reason));
        foreach (var outcome in new[] { "delivered", "retried", "given_up" })
            Assert.Equal(0, page.Value("bifrost_webhooks_deliveries_total", ("outcome", outcome)));
        Assert.Equal((0.0, 0.0), (page.Value("bifrost_jobs_running"), page.Value("bifrost_jobs_long_polls")));
    }

    [Fact]
    public async Task A_run_is_counted_once_however_often_its_end_is_told_and_its_wait_is_that_of_the_store()
    {
        var job = await SubmittedAsync();
        _time.Advance(TimeSpan.FromSeconds(7));
        var run = await LeasedAsync(job);
        for (var i = 0; i < 3; i++) Assert.True((await _store.EndAsync(job.Id, TestJobs.End(run.Fence), default))!.Value.Won);

        var page = await PageAsync();

        Assert.Equal((1.0, 1.0), (page.Value("bifrost_jobs_started_total"), Ended(page, "completed")));
        Assert.Equal((7.0, 1.0), (page.Value("bifrost_jobs_wait_duration_seconds_sum"), page.Value("bifrost_jobs_wait_duration_seconds_count")));
        Assert.Equal((0.0, 1.0), (Bucket(page, "5"), Bucket(page, "10")));
    }

    [Fact]
    public async Task A_key_that_keeps_too_much_is_counted_where_it_submits_and_where_its_jobs_wait()
    {
        var (large, waiting) = (await LeasedAsync(await SubmittedAsync()), await SubmittedAsync());
        await _store.EndAsync(large.Id, TestJobs.End(large.Fence) with { Outcome = new JobOutcome { StatusCode = 200, Body = new byte[10_000], Headers = [] } }, default);
        Assert.Equal(0, Reached(await PageAsync()));
        Assert.IsType<JobQueueFull>(await _store.SubmitAsync(TestJobs.Submission(), default));
        Assert.Equal(1, Reached(await PageAsync()));
        Assert.Equal(JobLeaseResult.KeyFull, (await _store.LeaseAsync(waiting.Id, s_runner, waiting.Fence, default)).Result);
        Assert.Equal(2, Reached(await PageAsync()));

        static double Reached(PrometheusPage page) => page.Value("bifrost_limits_reached_total", ("limit", "kept_jobs_key"));
    }

    [Fact]
    public async Task Only_the_cancel_that_ends_a_job_counts_it()
    {
        var waiting = await SubmittedAsync();
        for (var i = 0; i < 3; i++) await _store.CancelAsync(waiting.Id, null, default);
        Assert.Equal(1, Ended(await PageAsync(), "cancelled"));

        // A running one is ended by its runner.
        var run = await LeasedAsync(await SubmittedAsync());
        await _store.CancelAsync(run.Id, null, default);
        Assert.Equal(1, Ended(await PageAsync(), "cancelled"));
        await _store.EndAsync(run.Id, TestJobs.End(run.Fence) with { Status = JobStatus.Cancelled, Outcome = null }, default);
        Assert.Equal(2, Ended(await PageAsync(), "cancelled"));

        var done = await LeasedAsync(await SubmittedAsync());
        await _store.EndAsync(done.Id, TestJobs.End(done.Fence), default);
        await _store.CancelAsync(done.Id, null, default);
        Assert.Equal((2.0, 1.0), (Ended(await PageAsync(), "cancelled"), Ended(await PageAsync(), "completed")));
    }

    [Fact]
    public async Task Runs_that_give_a_job_back_are_told_apart_and_a_second_run_did_not_wait_for_the_first()
    {
        var job = await SubmittedAsync();
        foreach (var reason in new[] { JobPutBackReason.Wait, JobPutBackReason.Drain, JobPutBackReason.Lost })
        {
            var run = await LeasedAsync((await _store.ReadAsync(job.Id, null, default))!);
            for (var i = 0; i < 2; i++) await _store.PutBackAsync(job.Id, new JobPutBack { Fence = run.Fence, Reason = reason }, default);
        }

        var page = await PageAsync();
        foreach (var reason in new[] { "wait", "drain", "broken_off" }) Assert.Equal(1, GivenBack(page, reason));
        Assert.Equal((3.0, 1.0), (page.Value("bifrost_jobs_started_total"), page.Value("bifrost_jobs_wait_duration_seconds_count")));

        // One charged run is left: its loss ends the job.
        var last = await LeasedAsync((await _store.ReadAsync(job.Id, null, default))!);
        await _store.PutBackAsync(job.Id, new JobPutBack { Fence = last.Fence, Reason = JobPutBackReason.Lost }, default);
        page = await PageAsync();
        Assert.Equal((1.0, 1.0), (GivenBack(page, "broken_off"), Ended(page, "failed")));
        await _store.RetryAsync(job.Id, default);
        await _store.RetryAsync(job.Id, default);
        Assert.Equal(1, (await PageAsync()).Value("bifrost_jobs_retried_total"));
    }

    [Fact]
    public async Task A_lease_that_nobody_renewed_is_counted_and_its_job_where_it_ends_it()
    {
        var job = await SubmittedAsync();
        foreach (var (lost, failed) in new[] { (1.0, 0.0), (1.0, 1.0) })
        {
            await LeasedAsync((await _store.ReadAsync(job.Id, null, default))!);
            _time.Advance(_options.LeaseFor);
            await _store.ExpireLeasesAsync(default);
            await _store.ExpireLeasesAsync(default);
            Assert.Equal((lost, failed), (GivenBack(await PageAsync(), "lease_lost"), Ended(await PageAsync(), "failed")));
        }

        _time.Advance(TimeSpan.FromSeconds(60));
        await _store.SweepAsync(default);
        Assert.Equal(1, (await PageAsync()).Value("bifrost_jobs_swept_total", ("kind", "job")));
    }

    [Fact]
    public async Task What_got_no_answer_is_counted_with_the_answer_to_its_repetition()
    {
        var run = await LeasedAsync(await SubmittedAsync());
        _watched.Away = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _store.EndAsync(run.Id, TestJobs.End(run.Fence), default));
        Assert.Equal(0, Ended(await PageAsync(), "completed"));
        _watched.Away = false;
        await _store.EndAsync(run.Id, TestJobs.End(run.Fence), default);
        Assert.Equal(1, Ended(await PageAsync(), "completed"));
    }

    [Fact]
    public async Task Depth_and_age_of_every_partition_are_shown_and_the_store_is_asked_now_and_then()
    {
        var job = await SubmittedAsync("a");
        await SubmittedAsync("a");
        _time.Advance(TimeSpan.FromSeconds(9));
        await LeasedAsync(await SubmittedAsync("a"));
        var partition = ("partition", job.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.Empty((await PageAsync()).SeriesOf("bifrost_jobs_pending"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _backlog.RefreshAsync(default)));
        var page = await PageAsync();
        Assert.Equal(1, _watched.CallsOf("ReadBacklog"));
        Assert.Equal((2.0, 1.0), (page.Value("bifrost_jobs_pending", partition), page.Value("bifrost_jobs_processing", partition)));
        Assert.Equal((6.0, 1.0), (page.Value("bifrost_jobs_open_bytes", partition), page.Value("bifrost_jobs_keys", partition)));
        Assert.Equal(9, page.Value("bifrost_jobs_oldest_age_seconds", partition));
        Assert.Equal((4, 2.0), (page.SeriesOf("bifrost_jobs_pending").Count, page.Sum("bifrost_jobs_pending")));

        _time.Advance(_options.BacklogEvery - TimeSpan.FromSeconds(1));
        await _backlog.RefreshAsync(default);
        Assert.Equal((1, 14.0), (_watched.CallsOf("ReadBacklog"), (await PageAsync()).Value("bifrost_jobs_backlog_age_seconds")));
        _time.Advance(TimeSpan.FromSeconds(1));
        await _backlog.RefreshAsync(default);
        Assert.Equal((2, 24.0), (_watched.CallsOf("ReadBacklog"), (await PageAsync()).Value("bifrost_jobs_oldest_age_seconds", partition)));
    }

    [Fact]
    public async Task A_store_that_is_away_takes_its_figures_off_the_page_until_it_is_back()
    {
        await SubmittedAsync();
        await _backlog.RefreshAsync(default);
        Assert.Equal(1, (await PageAsync()).Sum("bifrost_jobs_pending"));
        _watched.Away = true;
        _time.Advance(_options.BacklogEvery);
        await _backlog.RefreshAsync(default);
        Assert.Empty((await PageAsync()).SeriesOf("bifrost_jobs_pending"));
        Assert.Equal(1, (await PageAsync()).Value("bifrost_jobs_backlog_failures_total"));
        _watched.Away = false;
        _time.Advance(_options.BacklogEvery);
        await _backlog.RefreshAsync(default);
        Assert.Equal(1, (await PageAsync()).Sum("bifrost_jobs_pending"));
    }

    private static double Ended(PrometheusPage page, string state) => page.Value("bifrost_jobs_ended_total", ("state", state));

    private static double GivenBack(PrometheusPage page, string reason) => page.Value("bifrost_jobs_given_back_total", ("reason", reason));

    private static double Bucket(PrometheusPage page, string le) => page.Value("bifrost_jobs_wait_duration_seconds_bucket", ("le", le));

    private async Task<JobRow> SubmittedAsync(string key = "vk") =>
        Assert.IsType<Bifrost.Jobs.Store.JobAccepted>(await _store.SubmitAsync(TestJobs.Submission(key, Guid.CreateVersion7(_time.GetUtcNow())), default)).Row;

    private async Task<JobRow> LeasedAsync(JobRow job) => (await _store.LeaseAsync(job.Id, s_runner, job.Fence, default)).Row!;

    private Task<PrometheusPage> PageAsync() => _scraped.PageAsync();
}
