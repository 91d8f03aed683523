using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Jobs;

/// <summary>What the ended jobs of a key keep is counted to the byte, whoever meets whom in PostgreSQL.</summary>
public sealed class KeptJobsTests(PostgresFixture postgres)
{
    /// <summary>Keys of which something else is counted than they keep; one statement sees one state.</summary>
    private const string WrongSql = """
        select count(*) from (
            select j.virtual_key_id, sum(j.body_bytes + coalesce(r.length, 0)) bytes
            from job j left join job_result r on r.job_id = j.id where j.status >= 2 group by 1) kept
        full join job_kept counted using (virtual_key_id) where coalesce(kept.bytes, 0) <> coalesce(counted.bytes, 0)
        """;

    /// <summary>Ends, retries and sweeps of one key that meet again and again, on two servers: what its ended jobs keep is counted to the byte.</summary>
    [Fact]
    public async Task Ends_that_meet_with_sweeps_leave_the_bytes_of_ended_jobs_counted()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        var rig = new JobRig(harness, new JobOptions { SweepRowsMax = 2 });
        await using var beside = harness.Open();
        using var over = new CancellationTokenSource();
        var sweeping = SweepAsync();
        for (var i = 0; i < 6; i++)
        {
            var jobs = new List<JobRow>();
            for (var n = 0; n < 4; n++) jobs.Add(await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 3_600)));

            // Those of the round before are over now, so that sweeps have rows while others end.
            await harness.ExecuteAsync("update job set expires_at_ms = 1 where status >= 2");
            await Task.WhenAll(jobs.Select((job, n) => EndAsync(job, new string('x', 10 + n))));
            Assert.Equal(0, await harness.CountAsync(WrongSql));
        }

        await over.CancelAsync();
        await sweeping;
        Assert.Equal(await harness.RowsAsync(JobComparison.KeptSql), await harness.RowsAsync(JobComparison.CountedSql));
        Assert.NotEqual("", await harness.RowsAsync(JobComparison.CountedSql));
        Assert.Equal(0, await harness.CountAsync("select deadlocks from pg_stat_database where datname = current_database()"));

        async Task EndAsync(JobRow job, string body)
        {
            await rig.EndAsync(job, JobStatus.Failed, body);
            if (job.Id.GetHashCode() % 3 == 0 && (await rig.Jobs.RetryAsync(job.Id, default)) is { Won: true } again)
                await rig.EndAsync(await rig.LeasedAsync(again.Row), JobStatus.Completed, body);
        }

        async Task SweepAsync()
        {
            while (!over.IsCancellationRequested) await beside.Jobs.SweepAsync(default);
        }
    }

    /// <summary>A sweep that takes some or all that a key keeps, and an end that adds to it, both held up at the counter.</summary>
    [Theory]
    [InlineData(0, "vk_1|9")]
    [InlineData(1, "vk_1|22")]
    public async Task An_end_that_meets_a_sweep_is_counted(int others, string counted)
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        var rig = new JobRig(harness, new JobOptions());
        await using var beside = harness.Open();
        await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync()));
        await harness.ExecuteAsync("update job set expires_at_ms = 1");
        for (var i = 0; i < others; i++) await rig.EndAsync(await rig.LeasedAsync(await rig.SubmittedAsync(ttl: 3_600)));
        var job = await rig.LeasedAsync(await rig.SubmittedAsync());
        await using var connection = await harness.ConnectAsync();
        await using var held = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await connection.ExecuteAsync(default, "select from job_kept for update");
        var sweeping = beside.Jobs.SweepAsync(default);
        await PostgresJobTableTests.WaitForLocksAsync(harness, 1);
        var ending = rig.EndAsync(job, body: "counted");
        await PostgresJobTableTests.WaitForLocksAsync(harness, 2);
        await held.CommitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((1, true), ((await sweeping).Jobs, (await ending)!.Value.Won));
        Assert.Equal(counted, await harness.RowsAsync(JobComparison.CountedSql));
    }
}
