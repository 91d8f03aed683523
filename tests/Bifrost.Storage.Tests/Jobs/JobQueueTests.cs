using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Jobs;

/// <summary>Submitting, limits, idempotency, the window, lists and deliveries, in memory and on both real stores.</summary>
public abstract class JobQueueTests
{
    [Fact]
    public async Task The_number_of_partitions_is_fixed_by_the_first_start()
    {
        await using var rig = await StartAsync();
        Assert.Equal(8, await rig.Jobs.FixPartitionsAsync(8, default));
        Assert.Equal(8, await rig.Jobs.FixPartitionsAsync(32, default));
        var job = await rig.SubmittedAsync();
        Assert.Equal(JobPartition.Of(JobRig.Key, 8), job.Partition);
    }

    [Fact]
    public async Task A_repeated_submission_is_one_job()
    {
        await using var rig = await StartAsync();
        var submission = rig.Submission(idempotency: "i");
        var replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => rig.SubmitAsync(submission)));
        Assert.All(replies, reply => Assert.Equal(submission.JobId, Assert.IsType<JobAccepted>(reply).Row.Id));
        Assert.Equal((1, 0, 2), await rig.DepthAsync());
    }

    [Fact]
    public async Task An_idempotency_key_means_one_body_for_a_day_and_as_long_as_its_job()
    {
        await using var rig = await StartAsync();
        var first = rig.Submission(idempotency: "i", ttl: 100_000);
        var id = Assert.IsType<JobAccepted>(await rig.SubmitAsync(first)).Row.Id;
        Assert.Equal(new JobSame(id), await rig.SubmitAsync(rig.Submission(idempotency: "i")));
        Assert.Equal(new JobIdempotencyConflict(id), await rig.SubmitAsync(rig.Submission(body: "[]", idempotency: "i")));
        Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission(key: "vk_2", body: "[]", idempotency: "i")));

        await rig.EndAsync(await rig.LeasedAsync((await rig.Jobs.ReadAsync(id, null, default))!));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(99_999));
        await rig.Jobs.SweepAsync(default);
        Assert.Equal(new JobSame(id), await rig.SubmitAsync(rig.Submission(idempotency: "i")));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await rig.Jobs.SweepAsync(default)).IdempotencyKeys);
        Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission(body: "[]", idempotency: "i")));
    }

    [Fact]
    public async Task An_idempotency_key_outlives_a_short_job()
    {
        await using var rig = await StartAsync();
        var job = Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission(idempotency: "i", ttl: 1))).Row;
        await rig.EndAsync(await rig.LeasedAsync(job));
        await rig.AdvanceAsync(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(new JobSweep(1, 0, 0), await rig.Jobs.SweepAsync(default));
        Assert.Equal(new JobSame(job.Id), await rig.SubmitAsync(rig.Submission(idempotency: "i")));
        await rig.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        var again = Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission(body: "[]", idempotency: "i"))).Row;
        Assert.Equal(new JobSame(again.Id), await rig.SubmitAsync(rig.Submission(body: "[]", idempotency: "i")));
    }

    [Fact]
    public async Task Jobs_and_bytes_of_a_key_are_limited_whoever_submits_at_once()
    {
        await using var rig = await StartAsync(new JobOptions { QueuedPerKeyMax = 5, QueuedBytesPerKeyMax = 20 });
        var replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => rig.SubmitAsync(rig.Submission())));
        Assert.Equal(5, replies.Count(reply => reply is JobAccepted));
        Assert.All(replies.Where(reply => reply is not JobAccepted), reply => Assert.Equal(new JobQueueFull(JobQueueLimit.Jobs, 5, 5), reply));
        await rig.SubmittedAsync("vk_2", new string('x', 20));
        Assert.Equal(new JobQueueFull(JobQueueLimit.Bytes, 20, 20), await rig.SubmitAsync(rig.Submission("vk_2", "x")));
        var running = await rig.LeasedAsync(((JobAccepted)replies.First(reply => reply is JobAccepted)).Row);
        Assert.IsType<JobQueueFull>(await rig.SubmitAsync(rig.Submission()));
        await rig.EndAsync(running);
        Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission()));
    }

    [Fact]
    public async Task What_ended_jobs_of_a_key_keep_is_limited_until_a_sweep_deletes_it()
    {
        await using var rig = await StartAsync(new JobOptions { KeptBytesPerKeyMax = 20, KeptFullDelay = TimeSpan.FromSeconds(30) });
        var first = await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 20));
        var (waiting, running) = (await rig.SubmittedAsync(ttl: 90), await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 90)));
        await rig.EndAsync(first, body: "0123456789abcdefg");
        var last = await rig.SubmittedAsync(ttl: 90);
        await rig.Jobs.CancelAsync(last.Id, null, default);

        // 2 and 17 bytes of the first job, 2 of the cancelled one. Nothing new is taken or begun; what runs is ended, and its result kept.
        Assert.Equal(new JobQueueFull(JobQueueLimit.KeptBytes, 20, 21), await rig.SubmitAsync(rig.Submission()));
        Assert.Equal(JobLeaseResult.KeyFull, (await rig.Jobs.LeaseAsync(waiting.Id, JobRig.Runner, waiting.Fence, default)).Result);
        Assert.Equal((0, TimeSpan.FromSeconds(30)), ((await rig.DueAsync()).Jobs.Length, (await rig.DueAsync()).NextDueIn));
        await rig.EndAsync(running, body: "x");
        Assert.Equal("x", await rig.BodyAsync(running));
        Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission("vk_2")));
        Assert.Equal(new JobQueueFull(JobQueueLimit.KeptBytes, 20, 24), await rig.SubmitAsync(rig.Submission()));

        // A job that is run again keeps nothing meanwhile.
        await rig.Jobs.RetryAsync(last.Id, default);
        Assert.Equal(new JobQueueFull(JobQueueLimit.KeptBytes, 20, 22), await rig.SubmitAsync(rig.Submission()));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(1, (await rig.Jobs.SweepAsync(default)).Jobs);
        await rig.LeasedAsync(waiting);
        Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission()));
    }

    [Fact]
    public async Task A_key_runs_as_many_jobs_as_it_may()
    {
        await using var rig = await StartAsync(new JobOptions { RunningPerKeyMax = 2 });
        var jobs = new List<JobRow>();
        for (var i = 0; i < 6; i++) jobs.Add(await rig.SubmittedAsync());
        var other = await rig.SubmittedAsync("vk_2");
        var replies = await Task.WhenAll(jobs.Select(job => rig.Jobs.LeaseAsync(job.Id, JobRig.Runner, 0, default)));
        Assert.Equal(2, replies.Count(reply => reply.Result == JobLeaseResult.Leased));
        Assert.Equal(4, replies.Count(reply => reply.Result == JobLeaseResult.KeyBusy));
        await rig.LeasedAsync(other);
        await rig.EndAsync(replies.First(reply => reply.Result == JobLeaseResult.Leased).Row!);
        await rig.LeasedAsync(replies.First(reply => reply.Result == JobLeaseResult.KeyBusy).Row!);
    }

    [Fact]
    public async Task The_window_shows_the_oldest_jobs_of_each_key_and_goes_on_where_it_ended()
    {
        await using var rig = await StartAsync(new JobOptions { Partitions = 1 });
        var jobs = new List<JobRow>();
        foreach (var key in new[] { "c", "a", "b", "a", "a", "c" })
        {
            jobs.Add(await rig.SubmittedAsync(key));
            await rig.AdvanceAsync(TimeSpan.FromMilliseconds(10));
        }

        var first = await rig.DueAsync(keys: 2, jobs: 2);
        Assert.Equal([jobs[1].Id, jobs[3].Id, jobs[2].Id], first.Jobs.Select(due => due.JobId));
        Assert.Equal("b", first.NextAfterKey);
        var second = await rig.DueAsync(after: "b", keys: 2, jobs: 2);
        Assert.Equal([jobs[0].Id, jobs[5].Id], second.Jobs.Select(due => due.JobId));
        Assert.Null(second.NextAfterKey);
        Assert.Null(second.NextDueIn);
        var only = await rig.DueAsync(only: "a", keys: 1, jobs: 10);
        Assert.Equal([jobs[1].Id, jobs[3].Id, jobs[4].Id], only.Jobs.Select(due => due.JobId));
        Assert.Null(only.NextAfterKey);
        Assert.Empty((await rig.DueAsync(only: "none")).Jobs);
    }

    [Fact]
    public async Task The_window_says_when_the_next_job_is_due()
    {
        await using var rig = await StartAsync(new JobOptions { Partitions = 1 });
        foreach (var (key, delay) in new[] { ("a", 9_000), ("b", 4_000), ("c", 7_000) })
            await rig.PutBackAsync(await rig.LeasedAsync(await rig.SubmittedAsync(key)), JobPutBackReason.Lost, delay);
        var window = await rig.DueAsync();
        Assert.Equal((0, TimeSpan.FromSeconds(4)), (window.Jobs.Length, window.NextDueIn));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(4));
        window = await rig.DueAsync();
        Assert.Equal(("b", TimeSpan.FromSeconds(3)), (Assert.Single(window.Jobs).VirtualKeyId, window.NextDueIn));
    }

    [Fact]
    public async Task Lists_page_by_key_and_by_state()
    {
        await using var rig = await StartAsync();
        var jobs = new List<JobRow>();
        for (var i = 0; i < 6; i++)
        {
            jobs.Add(await rig.SubmittedAsync(i % 2 == 0 ? "vk_1" : "vk_2"));
            await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        await rig.Jobs.CancelAsync(jobs[2].Id, null, default);
        Assert.Equal("5, 4, 3, 2, 1, 0", await ListAsync(new JobListQuery()));
        Assert.Equal("5, 4", await ListAsync(new JobListQuery { CountMax = 2 }));
        Assert.Equal("3, 2", await ListAsync(new JobListQuery { CountMax = 2, Before = jobs[4].Id }));
        Assert.Equal("4, 2, 0", await ListAsync(new JobListQuery { VirtualKeyId = "vk_1" }));
        Assert.Equal("2", await ListAsync(new JobListQuery { VirtualKeyId = "vk_1", Status = JobStatus.Cancelled }));
        Assert.Equal("4, 0", await ListAsync(new JobListQuery { VirtualKeyId = "vk_1", Status = JobStatus.Pending }));
        Assert.Equal("3, 2, 1", await ListAsync(new JobListQuery { From = StoreHarness.Start.AddSeconds(1), To = StoreHarness.Start.AddSeconds(4) }));

        async Task<string> ListAsync(JobListQuery query) =>
            string.Join(", ", (await rig.Jobs.ListAsync(query, default)).Select(row => jobs.FindIndex(job => job.Id == row.Id)));
    }

    [Fact]
    public async Task Depths_tell_the_number_and_the_age_of_what_waits()
    {
        await using var rig = await StartAsync();
        await rig.LeasedAsync(await rig.SubmittedAsync());
        await rig.SubmittedAsync();
        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
        await rig.SubmittedAsync();
        await rig.SubmittedAsync("vk_2", "123");
        JobDepth[] expected =
        [
            new(JobPartition.Of("vk_1", 32), "vk_1", 2, 1, 6, TimeSpan.FromSeconds(5), TimeSpan.Zero),
            new(JobPartition.Of("vk_2", 32), "vk_2", 1, 0, 3, TimeSpan.Zero, TimeSpan.Zero),
        ];
        Assert.Equal(expected, await rig.Jobs.ReadDepthsAsync(10, default));
        Assert.Equal(expected[..1], await rig.Jobs.ReadDepthsAsync(1, default));
    }

    [Fact]
    public async Task The_backlog_tells_depth_and_age_of_each_partition_and_the_oldest_job_of_all()
    {
        await using var rig = await StartAsync(new JobOptions { Partitions = 3 });
        await rig.LeasedAsync(await rig.SubmittedAsync("only-running"));
        await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync("ended")));
        var old = await rig.SubmittedAsync("vk_old", "123");
        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
        foreach (var key in new[] { "vk_2", "vk_3", "vk_4" })
            for (var i = 0; i < 2; i++) await rig.SubmittedAsync(key);
        await rig.AdvanceAsync(TimeSpan.FromSeconds(2));

        var all = await rig.Jobs.ReadBacklogAsync(100, default);
        Assert.Equal(0, all.KeysUnread);
        Assert.Equal(
            (await rig.Jobs.ReadDepthsAsync(100, default)).GroupBy(depth => depth.Partition).OrderBy(group => group.Key)
                .Select(group => new JobPartitionDepth(
                    group.Key, group.Count(), group.Sum(depth => depth.Pending), group.Sum(depth => depth.Processing), group.Sum(depth => depth.Bytes),
                    group.Max(depth => depth.OldestAge))),
            all.Partitions);
        Assert.Equal((7L, 1L), (all.Partitions.Sum(depth => depth.Pending), all.Partitions.Sum(depth => depth.Processing)));

        // The keys with the most jobs are looked at first; the oldest job of all is known whosoever it is.
        var one = await rig.Jobs.ReadBacklogAsync(1, default);
        Assert.Equal(3, one.KeysUnread);
        Assert.Equal(TimeSpan.FromSeconds(7), one.Partitions.Single(depth => depth.Partition == old.Partition).OldestAge);
        Assert.Equal(all.Partitions.Select(depth => depth with { OldestAge = null }), one.Partitions.Select(depth => depth with { OldestAge = null }));
    }

    [Fact]
    public async Task Nothing_waits_in_an_empty_store()
    {
        await using var rig = await StartAsync();
        var backlog = await rig.Jobs.ReadBacklogAsync(10, default);
        Assert.Equal((0, 0L), (backlog.Partitions.Length, backlog.KeysUnread));
        await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync()));
        Assert.Empty((await rig.Jobs.ReadBacklogAsync(10, default)).Partitions);
    }

    [Fact]
    public async Task The_end_of_a_job_leaves_one_delivery()
    {
        await using var rig = await StartAsync();
        var job = await rig.LeasedAsync(await rig.SubmittedAsync(webhook: "hook"));
        Assert.Empty(await rig.Deliveries.LeaseAsync(10, default));
        await rig.EndAsync(job);
        await rig.EndAsync(job);
        await rig.Jobs.CancelAsync((await rig.SubmittedAsync(webhook: "other")).Id, null, default);
        await rig.Jobs.CancelAsync((await rig.SubmittedAsync()).Id, null, default);
        var leased = await rig.Deliveries.LeaseAsync(10, default);
        Assert.Equal(["hook", "other"], leased.Select(delivery => delivery.Endpoint).Order());
        var first = leased.Single(delivery => delivery.Endpoint == "hook");
        Assert.Equal((job.Id, JobStatus.Completed, 200, 1, 1), (first.JobId, first.JobStatus, first.StatusCode, first.Fence, first.Attempts));
        Assert.Equal(rig.Now.AddSeconds(60), first.ResultExpiresAt);
        Assert.Equal([first], await rig.Deliveries.ListAsync("hook", null, null, 10, default));
        Assert.Equal([first], await rig.Deliveries.ListAsync(null, job.Id, null, 10, default));
        Assert.Empty(await rig.Deliveries.LeaseAsync(10, default));
    }

    [Fact]
    public async Task A_delivery_is_tried_again_until_it_is_done_or_dead()
    {
        await using var rig = await StartAsync();
        await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync(webhook: "hook")));
        var first = Assert.Single(await rig.Deliveries.LeaseAsync(10, default));
        await rig.AdvanceAsync(rig.Options.DeliveryLeaseFor);
        var second = Assert.Single(await rig.Deliveries.LeaseAsync(10, default));
        Assert.False(await rig.Deliveries.EndAsync(End(first, JobDeliveryState.Delivered), default));
        Assert.True(await rig.Deliveries.EndAsync(End(second, JobDeliveryState.Pending) with { Delay = TimeSpan.FromSeconds(30), Status = 503, Error = "no" }, default));
        Assert.Empty(await rig.Deliveries.LeaseAsync(10, default));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(30));
        var third = Assert.Single(await rig.Deliveries.LeaseAsync(10, default));
        Assert.Equal((3, 3, 503, "no"), (third.Attempts, third.Fence, third.LastStatus, third.LastError));
        Assert.True(await rig.Deliveries.EndAsync(End(third, JobDeliveryState.Dead), default));
        await rig.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Empty(await rig.Deliveries.LeaseAsync(10, default));
        Assert.True(await rig.Deliveries.RedeliverAsync(third.Id, default));
        Assert.False(await rig.Deliveries.RedeliverAsync(JobRig.Other, default));
        var fourth = Assert.Single(await rig.Deliveries.LeaseAsync(10, default));
        Assert.True(await rig.Deliveries.EndAsync(End(fourth, JobDeliveryState.Delivered), default));
        await rig.AdvanceAsync(rig.Options.DeliveryHistoryFor);
        Assert.Equal(1, (await rig.Jobs.SweepAsync(default)).Deliveries);

        static JobDeliveryEnd End(JobDelivery delivery, JobDeliveryState state) => new() { DeliveryId = delivery.Id, Fence = delivery.Fence, State = state };
    }

    private protected Task<JobRig> StartAsync() => StartAsync(new JobOptions());

    private protected abstract Task<JobRig> StartAsync(JobOptions options);
}

public sealed class InMemoryJobQueueTests : JobQueueTests
{
    private protected override Task<JobRig> StartAsync(JobOptions options) => Task.FromResult(JobRig.InMemory(options));
}

public sealed class SqliteJobQueueTests : JobQueueTests
{
    private protected override Task<JobRig> StartAsync(JobOptions options) => Task.FromResult(new JobRig(new SqliteHarness(options), options));
}

public sealed class PostgresJobQueueTests(PostgresFixture postgres) : JobQueueTests
{
    private protected override async Task<JobRig> StartAsync(JobOptions options) =>
        new(await PostgresHarness.StartAsync(postgres.Server, jobs: options), options);
}
