using System.Text;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Jobs;

/// <summary>The life of jobs in memory and on both real stores.</summary>
public abstract class JobStoreTests
{
    private static readonly TimeSpan s_millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_job_goes_from_its_submission_to_its_result()
    {
        await using var rig = await StartAsync();
        var job = await rig.SubmittedAsync(body: """{"model":"m"}""");
        Assert.Equal(job, await rig.ReadAsync(job, JobRig.Key));
        Assert.Equal((1, 0, 13), await rig.DepthAsync());
        Assert.Equal([new DueJob(job.Id, JobRig.Key, 0)], (await rig.DueAsync()).Jobs);
        var request = await rig.Jobs.ReadRequestAsync(job.Id, default);
        Assert.Equal("""{"model":"m"}""", Encoding.UTF8.GetString(request!.Body.Span));
        Assert.Equal(("req_1", "openai", true, false, "x-a"), (request.Call.RequestId, request.Call.DefaultProvider, request.Call.SendBackRawRequest,
            request.Call.SendBackRawResponse, Assert.Single(request.Call.Headers).Name));

        var leased = await rig.LeasedAsync(job);
        Assert.Equal((JobStatus.Processing, 1, 1, JobRig.Runner), (leased.Status, leased.Fence, leased.Attempts, leased.Owner));
        Assert.Equal((0, 1, 13), await rig.DepthAsync());
        Assert.Empty((await rig.DueAsync()).Jobs);
        Assert.Equal(1, (await rig.Jobs.ReadRunningAsync(job.Partition, default))[JobRig.Key]);

        await rig.AdvanceAsync(TimeSpan.FromSeconds(3));
        var ended = (await rig.EndAsync(leased))!.Value;
        Assert.True(ended.Won);
        Assert.Equal((JobStatus.Completed, 200, rig.Now, rig.Now.AddSeconds(60)), (ended.Row.Status, ended.Row.StatusCode, ended.Row.EndedAt, ended.Row.ExpiresAt));
        Assert.Equal(ended.Row, await rig.ReadAsync(job));
        Assert.Equal("""{"ok":true}""", await rig.BodyAsync(job));
        Assert.Equal("sim", Assert.Single((await rig.Jobs.ReadOutcomeAsync(job.Id, default))!.Headers).Value);
        Assert.Equal((0, 0, 0), await rig.DepthAsync());
    }

    [Fact]
    public async Task Another_key_and_an_unknown_id_find_nothing()
    {
        await using var rig = await StartAsync();
        var job = await rig.SubmittedAsync();
        Assert.Null(await rig.ReadAsync(job, "vk_2"));
        Assert.Null(await rig.Jobs.CancelAsync(job.Id, "vk_2", default));
        Assert.Null(await rig.ReadAsync(job with { Id = JobRig.Other }));
        Assert.Null(await rig.Jobs.CancelAsync(JobRig.Other, null, default));
        Assert.Null(await rig.Jobs.RenewAsync(JobRig.Other, 1, default));
        Assert.Null(await rig.EndAsync(job with { Id = JobRig.Other }));
        Assert.Equal(JobLeaseResult.Lost, (await rig.Jobs.LeaseAsync(JobRig.Other, JobRig.Runner, 0, default)).Result);
        Assert.Equal(job, await rig.ReadAsync(job, null));
    }

    [Fact]
    public async Task A_row_is_leased_once()
    {
        await using var rig = await StartAsync();
        var job = await rig.SubmittedAsync();
        var owners = Enumerable.Range(0, 20).Select(_ => Guid.CreateVersion7(rig.Now)).ToArray();
        var replies = await Task.WhenAll(owners.Select(owner => rig.Jobs.LeaseAsync(job.Id, owner, 0, default)));
        var won = Assert.Single(replies, reply => reply.Result == JobLeaseResult.Leased);
        Assert.Equal((1, 1), (won.Row!.Fence, won.Row.Attempts));
        Assert.Equal(won.Row, await rig.ReadAsync(job));
        Assert.Equal(won, await rig.Jobs.LeaseAsync(job.Id, won.Row.Owner!.Value, 0, default));
    }

    [Fact]
    public async Task An_old_fence_changes_nothing()
    {
        await using var rig = await StartAsync();
        var first = await rig.LeasedAsync(await rig.SubmittedAsync());
        await rig.AdvanceAsync(rig.Options.LeaseFor);
        var lost = Assert.Single(await rig.Jobs.ExpireLeasesAsync(default));
        Assert.Equal((JobStatus.Pending, 1, 1), (lost.Status, lost.Fence, lost.Attempts));
        Assert.Equal(new JobLeased(JobLeaseResult.Lost, lost, default), await rig.Jobs.LeaseAsync(lost.Id, JobRig.Other, lost.Fence - 1, default));
        var second = await rig.LeasedAsync(lost, JobRig.Other);
        Assert.Equal((2, 2), (second.Fence, second.Attempts));

        Assert.Equal(new JobStep(false, second), await rig.Jobs.RenewAsync(first.Id, first.Fence, default));
        Assert.Equal(new JobStep(false, second), await rig.EndAsync(first));
        Assert.Equal(new JobStep(false, second), await rig.PutBackAsync(first, JobPutBackReason.Lost));
        Assert.Null(await rig.BodyAsync(first));
        Assert.True((await rig.EndAsync(second, body: "second"))!.Value.Won);
        Assert.False((await rig.EndAsync(first, body: "first"))!.Value.Won);
        Assert.True((await rig.EndAsync(second, body: "again"))!.Value.Won);
        Assert.Equal("second", await rig.BodyAsync(second));
    }

    [Fact]
    public async Task A_renewal_keeps_the_lease_and_tells_of_a_cancel()
    {
        await using var rig = await StartAsync();
        var job = await rig.LeasedAsync(await rig.SubmittedAsync());
        await rig.AdvanceAsync(rig.Options.LeaseFor - s_millisecond);
        Assert.False((await rig.Jobs.RenewAsync(job.Id, job.Fence, default))!.Value.Row.CancelRequested);
        await rig.AdvanceAsync(rig.Options.LeaseFor - s_millisecond);
        Assert.Empty(await rig.Jobs.ExpireLeasesAsync(default));
        Assert.Equal(JobStatus.Processing, (await rig.Jobs.CancelAsync(job.Id, JobRig.Key, default))!.Value.Row.Status);
        Assert.True((await rig.Jobs.RenewAsync(job.Id, job.Fence, default))!.Value.Row.CancelRequested);
        await rig.AdvanceAsync(rig.Options.LeaseFor);
        Assert.Equal(JobStatus.Cancelled, Assert.Single(await rig.Jobs.ExpireLeasesAsync(default)).Status);
    }

    [Fact]
    public async Task A_pending_job_is_cancelled_at_once_and_an_ended_one_never()
    {
        await using var rig = await StartAsync();
        var job = await rig.SubmittedAsync();
        var cancelled = await rig.Jobs.CancelAsync(job.Id, JobRig.Key, default);
        Assert.True(cancelled!.Value.Changed);
        Assert.Equal((JobStatus.Cancelled, rig.Now), (cancelled.Value.Row.Status, cancelled.Value.Row.EndedAt));
        Assert.Equal(cancelled.Value with { Changed = false }, await rig.Jobs.CancelAsync(job.Id, JobRig.Key, default));
        Assert.Equal(JobLeaseResult.Lost, (await rig.Jobs.LeaseAsync(job.Id, JobRig.Runner, 0, default)).Result);
        Assert.Equal((0, 0, 0), await rig.DepthAsync());
        var done = await rig.LeasedAsync(await rig.SubmittedAsync());
        await rig.EndAsync(done);
        Assert.Equal(JobStatus.Completed, (await rig.Jobs.CancelAsync(done.Id, JobRig.Key, default))!.Value.Row.Status);
    }

    [Fact]
    public async Task A_wait_gives_the_run_back_and_pauses_the_key()
    {
        await using var rig = await StartAsync();
        var (job, next) = (await rig.LeasedAsync(await rig.SubmittedAsync()), await rig.SubmittedAsync());
        var back = (await rig.PutBackAsync(job, JobPutBackReason.Wait, delayMs: 500, keyDelayMs: 2_000))!.Value.Row;
        Assert.Equal((JobStatus.Pending, 0, 1, rig.Now.AddMilliseconds(500)), (back.Status, back.Attempts, back.Fence, back.NotBefore));
        Assert.Equal(JobLeaseResult.Lost, (await rig.Jobs.LeaseAsync(job.Id, JobRig.Runner, back.Fence, default)).Result);
        var window = await rig.DueAsync();
        Assert.Equal((0, TimeSpan.FromSeconds(2)), (window.Jobs.Length, window.NextDueIn));
        Assert.Equal(TimeSpan.FromSeconds(2), Assert.Single(await rig.Jobs.ReadDepthsAsync(10, default)).PausedFor);
        await rig.AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Equal([next.Id, job.Id], (await rig.DueAsync()).Jobs.Select(due => due.JobId));
    }

    [Fact]
    public async Task A_job_that_waits_too_long_fails_with_its_refusal()
    {
        await using var rig = await StartAsync(new JobOptions { WaitMax = TimeSpan.FromMinutes(1) });
        var job = (await rig.PutBackAsync(await rig.LeasedAsync(await rig.SubmittedAsync()), JobPutBackReason.Wait))!.Value.Row;
        await rig.AdvanceAsync(TimeSpan.FromMinutes(1));
        var failed = (await rig.PutBackAsync(await rig.LeasedAsync(job), JobPutBackReason.Wait))!.Value.Row;
        Assert.Equal((JobStatus.Failed, 429, "why"), (failed.Status, failed.StatusCode, failed.LastError));
        Assert.Equal("refused", await rig.BodyAsync(job));
        Assert.Equal((0, 0, 0), await rig.DepthAsync());
    }

    [Fact]
    public async Task Runs_that_break_off_end_in_failure()
    {
        await using var rig = await StartAsync();
        var job = await rig.SubmittedAsync();
        for (var run = 1; run <= rig.Options.AttemptsMax; run++)
        {
            await rig.LeasedAsync((await rig.ReadAsync(job))!);
            await rig.AdvanceAsync(rig.Options.LeaseFor);
            Assert.Single(await rig.Jobs.ExpireLeasesAsync(default));
        }

        var failed = await rig.ReadAsync(job);
        Assert.Equal((JobStatus.Failed, 3, 500), (failed!.Status, failed.Attempts, failed.StatusCode));
        Assert.Null(await rig.BodyAsync(job));
    }

    [Fact]
    public async Task A_retry_begins_anew_without_the_old_outcome()
    {
        await using var rig = await StartAsync();
        var job = await rig.LeasedAsync(await rig.SubmittedAsync());
        Assert.False((await rig.Jobs.RetryAsync(job.Id, default))!.Value.Won);
        await rig.EndAsync(job, JobStatus.Failed);
        var again = (await rig.Jobs.RetryAsync(job.Id, default))!.Value;
        Assert.Equal((true, JobStatus.Pending, 0, 1), (again.Won, again.Row.Status, again.Row.Attempts, again.Row.Fence));
        Assert.Null(await rig.BodyAsync(job));
        Assert.Equal((1, 0, 2), await rig.DepthAsync());
        await rig.EndAsync(await rig.LeasedAsync(again.Row), body: "new");
        Assert.Equal("new", await rig.BodyAsync(job));
    }

    [Fact]
    public async Task A_result_is_read_until_the_last_millisecond_of_its_ttl_and_then_gone()
    {
        await using var rig = await StartAsync();
        var job = await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 7));
        await rig.EndAsync(job);
        await rig.AdvanceAsync(TimeSpan.FromSeconds(7) - s_millisecond);
        Assert.NotNull(await rig.ReadAsync(job, JobRig.Key));
        Assert.NotNull(await rig.BodyAsync(job));
        Assert.Equal(0, (await rig.Jobs.SweepAsync(default)).Jobs);
        await rig.AdvanceAsync(s_millisecond);
        Assert.Null(await rig.ReadAsync(job, JobRig.Key));
        Assert.Null(await rig.BodyAsync(job));
        Assert.Null(await rig.Jobs.ReadRequestAsync(job.Id, default));
        Assert.Empty(await rig.Jobs.ListAsync(new JobListQuery(), default));
        Assert.Null(await rig.Jobs.RetryAsync(job.Id, default));
        Assert.Equal(1, (await rig.Jobs.SweepAsync(default)).Jobs);
        Assert.Equal(0, (await rig.Jobs.SweepAsync(default)).Jobs);
    }

    [Fact]
    public async Task Large_bodies_come_back_as_they_were()
    {
        await using var rig = await StartAsync();
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"é\":{i}}}"));
        var job = await rig.SubmittedAsync(body: body);
        Assert.Equal(Encoding.UTF8.GetByteCount(body), job.BodyBytes);
        Assert.Equal(body, Encoding.UTF8.GetString((await rig.Jobs.ReadRequestAsync(job.Id, default))!.Body.Span));
        await rig.EndAsync(await rig.LeasedAsync(job), body: body);
        Assert.Equal(body, await rig.BodyAsync(job));
    }

    private protected Task<JobRig> StartAsync() => StartAsync(new JobOptions());

    private protected abstract Task<JobRig> StartAsync(JobOptions options);
}

public sealed class InMemoryJobStoreTests : JobStoreTests
{
    private protected override Task<JobRig> StartAsync(JobOptions options) => Task.FromResult(JobRig.InMemory(options));
}

public sealed class SqliteJobStoreTests : JobStoreTests
{
    private protected override Task<JobRig> StartAsync(JobOptions options) => Task.FromResult(new JobRig(new SqliteHarness(options), options));
}

public sealed class PostgresJobStoreTests(PostgresFixture postgres) : JobStoreTests
{
    private protected override async Task<JobRig> StartAsync(JobOptions options) =>
        new(await PostgresHarness.StartAsync(postgres.Server, jobs: options), options);
}
