using System.Text;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Jobs;

/// <summary>What lies in the tables of real stores: many rows, restarts, bytes that go.</summary>
public abstract class JobTableTests
{
    private protected const string Columns =
        "id, virtual_key_id, partition, request_id, status, fence, attempts, drains, cancel_requested, not_before_ms, created_at_ms, result_ttl_s, body_bytes, status_code";

    [Fact]
    public async Task A_hundred_thousand_jobs_of_one_key_hide_nobody_else()
    {
        await using var rig = await StartAsync(new JobOptions { Partitions = 1 });
        await FillAsync(rig.Real, "a", 100_000);
        var single = await rig.SubmittedAsync("b");
        var window = await rig.DueAsync(keys: 256, jobs: 32);
        Assert.Equal(33, window.Jobs.Length);
        Assert.Equal(new DueJob(single.Id, "b", 0), window.Jobs[^1]);
        Assert.Null(window.NextAfterKey);
    }

    [Fact]
    public async Task Everything_is_there_after_a_restart()
    {
        await using var rig = await StartAsync(new JobOptions());
        Assert.Equal(8, await rig.Jobs.FixPartitionsAsync(8, default));
        var (pending, running) = (await rig.SubmittedAsync(), await rig.LeasedAsync(await rig.SubmittedAsync()));
        var submission = rig.Submission(idempotency: "i", webhook: "hook");
        var done = await rig.LeasedAsync(Assert.IsType<JobAccepted>(await rig.SubmitAsync(submission)).Row);
        var ended = (await rig.EndAsync(done))!.Value.Row;
        await rig.PutBackAsync(await rig.LeasedAsync(await rig.SubmittedAsync("vk_2")), JobPutBackReason.Wait, keyDelayMs: 9_000);
        var depths = await rig.Jobs.ReadDepthsAsync(10, default);

        await rig.Real.ReopenAsync();
        Assert.Equal((pending, running, ended), (await rig.ReadAsync(pending), await rig.ReadAsync(running), await rig.ReadAsync(done)));
        Assert.Equal("""{"ok":true}""", await rig.BodyAsync(done));
        Assert.Equal(new JobSame(done.Id), await rig.SubmitAsync(rig.Submission(idempotency: "i")));
        Assert.Equal(depths, await rig.Jobs.ReadDepthsAsync(10, default));
        Assert.Equal("hook", Assert.Single(await rig.Deliveries.LeaseAsync(10, default)).Endpoint);
        Assert.Equal(8, await rig.Jobs.FixPartitionsAsync(32, default));
        Assert.Equal(pending.Partition, (await rig.SubmittedAsync()).Partition);
        Assert.True((await rig.Jobs.RenewAsync(running.Id, running.Fence, default))!.Value.Won);
    }

    [Fact]
    public async Task A_sweep_deletes_a_bounded_number_of_rows_and_all_that_hangs_on_them()
    {
        await using var rig = await StartAsync(new JobOptions { SweepRowsMax = 3 });
        for (var i = 0; i < 7; i++) await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 5)));
        var later = await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 6));
        await rig.EndAsync(later);
        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
        foreach (var expected in new[] { 3, 3, 1, 0 }) Assert.Equal(expected, (await rig.Jobs.SweepAsync(default)).Jobs);
        foreach (var table in new[] { "job", "job_request", "job_result" }) Assert.Equal(1, await rig.Real.CountAsync($"select count(*) from {table}"));
        Assert.NotNull(await rig.BodyAsync(later));
    }

    [Fact]
    public async Task A_key_with_nothing_left_leaves_no_row_and_begins_anew()
    {
        await using var rig = await StartAsync(new JobOptions { QueuedPerKeyMax = 1 });
        var job = Assert.IsType<JobAccepted>(await rig.SubmitAsync(rig.Submission(idempotency: "i", ttl: 5))).Row;
        await rig.Jobs.SweepAsync(default);
        Assert.Equal(1, await KeysAsync());
        await rig.EndAsync(await rig.LeasedAsync(job));
        await rig.Jobs.SweepAsync(default);
        Assert.Equal(1, await KeysAsync());

        // The job is gone, and what its idempotency key means is still to be known.
        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(1, (await rig.Jobs.SweepAsync(default)).Jobs);
        Assert.Equal(1, await KeysAsync());
        await rig.AdvanceAsync(rig.Options.IdempotencyFor);
        Assert.Equal(1, (await rig.Jobs.SweepAsync(default)).IdempotencyKeys);
        Assert.Equal(0, await KeysAsync());

        await rig.SubmittedAsync();
        Assert.Equal((1, 0, 2), await rig.DepthAsync());
        Assert.IsType<JobQueueFull>(await rig.SubmitAsync(rig.Submission()));

        Task<long> KeysAsync() => rig.Real.CountAsync("select count(*) from job_key");
    }

    [Fact]
    public async Task A_key_that_backs_off_keeps_its_row_for_so_long()
    {
        await using var rig = await StartAsync(new JobOptions());
        await rig.PutBackAsync(await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 1)), JobPutBackReason.Wait, keyDelayMs: 9_000);
        await rig.Jobs.CancelAsync((await rig.Jobs.ListAsync(new JobListQuery(), default))[0].Id, null, default);
        await rig.AdvanceAsync(TimeSpan.FromMilliseconds(8_999));
        Assert.Equal(1, (await rig.Jobs.SweepAsync(default)).Jobs);
        Assert.Equal(1, await rig.Real.CountAsync("select count(*) from job_key"));
        await rig.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        await rig.Jobs.SweepAsync(default);
        Assert.Equal(0, await rig.Real.CountAsync("select count(*) from job_key"));
    }

    [Fact]
    public async Task Sweeps_look_at_a_few_keys_each_and_come_round_to_all()
    {
        await using var rig = await StartAsync(new JobOptions { SweepRowsMax = 2 });
        var busy = await rig.SubmittedAsync("c");
        foreach (var key in new[] { "a", "b", "d", "e" }) await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync(key, ttl: 1)));
        await rig.AdvanceAsync(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 6; i++) await rig.Jobs.SweepAsync(default);
        Assert.Equal(1, await rig.Real.CountAsync("select count(*) from job_key"));
        Assert.Equal((1, 0, 2), await rig.DepthAsync("c"));
        await rig.EndAsync(await rig.LeasedAsync(busy));
        Assert.Equal((0, 0, 0), await rig.DepthAsync("c"));
    }

    [Fact]
    public async Task Bodies_above_64_KiB_lie_compressed()
    {
        await using var rig = await StartAsync(new JobOptions());
        var (small, large) = (new string('x', 64 * 1024), new string('x', (64 * 1024) + 1));
        await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync(body: small)), body: small);
        await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync(body: large)), body: large);
        foreach (var table in new[] { "job_request", "job_result" })
        {
            Assert.Equal(small.Length, await rig.Real.CountAsync($"select length(body) from {table} where encoding = 0"));
            Assert.InRange(await rig.Real.CountAsync($"select length(body) from {table} where encoding = 1"), 1, 1_000);
        }
    }

    [Fact]
    public async Task Texts_that_no_database_holds_are_repaired()
    {
        await using var rig = await StartAsync(new JobOptions());
        var submission = rig.Submission("vk\0", idempotency: "a\0b") with { Call = new JobCall { RequestId = "r\0\uD800" } };
        var job = Assert.IsType<JobAccepted>(await rig.SubmitAsync(submission)).Row;
        Assert.Equal(("vk\uFFFD", "r\uFFFD\uFFFD"), (job.VirtualKeyId, job.RequestId));
        Assert.Equal(new JobSame(job.Id), await rig.SubmitAsync(submission with { JobId = JobRig.Other }));
        Assert.NotNull(await rig.Jobs.ReadRequestAsync(job.Id, default));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Does_what_the_model_does(int seed)
    {
        var options = new JobOptions
        {
            Partitions = 2, QueuedPerKeyMax = 6, QueuedBytesPerKeyMax = 60, RunningPerKeyMax = 2, WaitMax = TimeSpan.FromMinutes(5),
            KeptBytesPerKeyMax = 100, KeptFullDelay = TimeSpan.FromSeconds(3),
        };
        await using var real = await StartAsync(options);
        await using var model = JobRig.InMemory(options);
        await new JobComparison(seed, real, model).RunAsync(steps: 300);
    }

    private protected abstract Task<JobRig> StartAsync(JobOptions options);

    private protected abstract Task FillAsync(StoreHarness store, string key, int count);
}

public sealed class SqliteJobTableTests : JobTableTests
{
    [Fact]
    public async Task No_byte_of_a_swept_job_stays_in_the_file()
    {
        await using var harness = new SqliteHarness();
        var rig = new JobRig(harness, new JobOptions());
        for (var i = 0; i < 20; i++)
        {
            var job = await rig.LeasedAsync(await rig.SubmittedAsync(body: $"secret-question-{i}", ttl: 5));
            await rig.EndAsync(job, body: string.Concat(Enumerable.Repeat($"secret-answer-{i}", 1_000)));
        }

        await harness.ReopenAsync();
        Assert.Contains("secret-answer-7", Raw());
        await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(20, (await rig.Jobs.SweepAsync(default)).Jobs);
        await harness.ReopenAsync();
        Assert.DoesNotContain("secret-", Raw());

        string Raw()
        {
            using var file = new FileStream(harness.File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return Encoding.Latin1.GetString(bytes);
        }
    }

    /// <summary>The file is one process's alone, so whoever opens it knows that all others are gone.</summary>
    [Fact]
    public async Task Leases_of_the_process_before_are_taken_away_at_once_and_its_keys_places_are_free()
    {
        var options = new JobOptions { RunningPerKeyMax = 2 };
        await using var harness = new SqliteHarness(options);
        var rig = new JobRig(harness, options);
        var (first, second, third) = (await rig.SubmittedAsync(), await rig.SubmittedAsync(), await rig.SubmittedAsync());
        var (a, b) = (await rig.LeasedAsync(first), await rig.LeasedAsync(second));
        Assert.Empty(await rig.Jobs.ExpireLeasesAsync(default));
        await harness.ReopenAsync();

        // The new process runs something before it first looks.
        var own = await rig.LeasedAsync(await rig.SubmittedAsync("vk_2"), JobRig.Other);
        Assert.Equal(JobLeaseResult.KeyBusy, (await rig.Jobs.LeaseAsync(third.Id, JobRig.Other, third.Fence, default)).Result);
        var taken = await rig.Jobs.ExpireLeasesAsync(default);
        Assert.Equal(new[] { first.Id, second.Id }.Order(), taken.Select(job => job.Id).Order());
        Assert.All(taken, job => Assert.Equal((JobStatus.Pending, 1L, 1), (job.Status, job.Fence, job.Attempts)));
        Assert.Empty(await rig.Jobs.ExpireLeasesAsync(default));
        Assert.False((await rig.EndAsync(a))!.Value.Won);
        Assert.False((await rig.Jobs.RenewAsync(b.Id, b.Fence, default))!.Value.Won);
        await rig.LeasedAsync(third, JobRig.Other);
        Assert.True((await rig.EndAsync(own))!.Value.Won);
    }

    private protected override Task<JobRig> StartAsync(JobOptions options) => Task.FromResult(new JobRig(new SqliteHarness(options), options));

    private protected override Task FillAsync(StoreHarness store, string key, int count) => store.ExecuteAsync(
        $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {count}) insert into job ({Columns}) " +
        $"select randomblob(16), '{key}', 0, 'r', 0, 0, 0, 0, 0, i, i, 60, 2, 0 from n");
}

public sealed class PostgresJobTableTests(PostgresFixture postgres) : JobTableTests
{
    [Fact]
    public async Task Two_servers_on_one_database_lease_each_job_once()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        var rig = new JobRig(harness, new JobOptions());
        await using var beside = harness.Open();
        var jobs = new List<JobRow>();
        for (var i = 0; i < 30; i++) jobs.Add(await rig.SubmittedAsync($"vk_{i % 3}"));
        var replies = await Task.WhenAll(jobs.SelectMany(job => new[]
        {
            rig.Jobs.LeaseAsync(job.Id, JobRig.Runner, job.Fence, default), beside.Jobs.LeaseAsync(job.Id, JobRig.Other, job.Fence, default),
        }));
        Assert.Equal(30, replies.Count(reply => reply.Result == JobLeaseResult.Leased));
        var leased = replies.Where(reply => reply.Result == JobLeaseResult.Leased).Select(reply => reply.Row!).ToList();
        Assert.Equal(30, leased.Select(row => row.Id).Distinct().Count());
        var ends = await Task.WhenAll(leased.SelectMany(row => new[] { rig.EndAsync(row), new JobRig(harness, rig.Options).EndAsync(row, JobStatus.Failed) }));
        Assert.Equal(30, ends.Count(end => end!.Value.Won));
        Assert.Empty(await beside.Jobs.ReadDepthsAsync(10, default));
        Assert.Equal(0, await harness.CountAsync("select deadlocks from pg_stat_database where datname = current_database()"));
    }

    [Fact]
    public async Task Two_leases_of_one_job_that_meet_are_one()
    {
        var replies = await MeetAsync(new JobOptions(), (jobs, job, i) => jobs.LeaseAsync(job.Id, i == 0 ? JobRig.Runner : JobRig.Other, job.Fence, default));
        Assert.Single(replies, reply => reply.Result == JobLeaseResult.Leased);
    }

    [Fact]
    public async Task Two_submissions_that_meet_at_a_limit_are_one()
    {
        var rig = JobRig.InMemory(new JobOptions());
        var replies = await MeetAsync(new JobOptions { QueuedPerKeyMax = 2 }, (jobs, _, _) => jobs.SubmitAsync(rig.Submission(), default));
        Assert.Single(replies, reply => reply is JobAccepted);
    }

    /// <summary>Another process may go on though this one ended: its lease is its own until it is over.</summary>
    [Fact]
    public async Task A_lease_of_another_process_stays_until_it_is_over()
    {
        await using var rig = await StartAsync(new JobOptions());
        var job = await rig.LeasedAsync(await rig.SubmittedAsync());
        await rig.Real.ReopenAsync();
        await rig.LeasedAsync(await rig.SubmittedAsync("vk_2"), JobRig.Other);
        await rig.AdvanceAsync(rig.Options.LeaseFor - TimeSpan.FromMilliseconds(1));
        Assert.Empty(await rig.Jobs.ExpireLeasesAsync(default));
        await rig.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.Contains(await rig.Jobs.ExpireLeasesAsync(default), lost => lost.Id == job.Id);
    }

    [Fact]
    public async Task A_submission_whose_key_is_swept_under_it_is_accepted_all_the_same()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        var rig = new JobRig(harness, new JobOptions());
        await rig.SubmittedAsync();
        await using var connection = await harness.ConnectAsync();
        await using var held = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);

        // It finds its key's row, then waits for the table of jobs; the row goes meanwhile.
        await connection.ExecuteAsync(default, "lock table job in access exclusive mode");
        var submitting = rig.SubmitAsync(rig.Submission());
        await WaitForLocksAsync(harness, 1);
        await harness.ExecuteAsync("delete from job_key");
        await held.CommitAsync(TestContext.Current.CancellationToken);
        Assert.IsType<JobAccepted>(await submitting);
        Assert.Equal(1, await harness.CountAsync("select open_jobs from job_key"));
    }

    /// <summary>Submits and sweeps that meet at one key, again and again: no submission fails, no counter is lost.</summary>
    [Fact]
    public async Task Submissions_and_sweeps_of_one_key_do_each_other_no_harm()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        var rig = new JobRig(harness, new JobOptions());
        await using var beside = harness.Open();
        using var over = new CancellationTokenSource();
        var sweeping = SweepAsync();
        for (var i = 0; i < 60; i++)
        {
            await rig.SubmittedAsync();
            await harness.ExecuteAsync("delete from job; update job_key set open_jobs = 0, open_bytes = 0");
        }

        var job = await rig.SubmittedAsync();
        await over.CancelAsync();
        await sweeping;
        Assert.Equal((1, 0, 2), await rig.DepthAsync());
        await rig.LeasedAsync(job);
        Assert.Equal(0, await harness.CountAsync("select deadlocks from pg_stat_database where datname = current_database()"));

        async Task SweepAsync()
        {
            while (!over.IsCancellationRequested) await beside.Jobs.SweepAsync(default);
        }
    }

    /// <summary>Lets two servers begin a command of one key, holds both up at its row, and lets them go on when both wait.</summary>
    private async Task<T[]> MeetAsync<T>(JobOptions options, Func<IJobStore, JobRow, int, Task<T>> command)
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false, options);
        await using var beside = harness.Open();
        var job = await new JobRig(harness, options).SubmittedAsync();
        await using var connection = await harness.ConnectAsync();
        await using var held = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(default, $"select from job_key where virtual_key_id = '{JobRig.Key}' for update");
        var both = new[] { harness.Store, beside }.Select((store, i) => command(store.Jobs, job, i)).ToArray();
        await WaitForLocksAsync(harness, 2);
        await held.CommitAsync(TestContext.Current.CancellationToken);
        return await Task.WhenAll(both);
    }

    internal static Task WaitForLocksAsync(PostgresHarness harness, int count) => Eventually.UntilAsync(async () =>
        await harness.CountAsync("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") >= count);

    private protected override async Task<JobRig> StartAsync(JobOptions options) =>
        new(await PostgresHarness.StartAsync(postgres.Server, jobs: options), options);

    private protected override Task FillAsync(StoreHarness store, string key, int count) => store.ExecuteAsync(
        $"insert into job ({Columns}) select gen_random_uuid(), '{key}', 0, 'r', 0, 0, 0, 0, false, i, i, 60, 2, 0 from generate_series(1, {count}) i");
}
