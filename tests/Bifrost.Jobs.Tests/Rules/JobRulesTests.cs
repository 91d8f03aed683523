using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Tests.Rules;

public class JobRulesTests
{
    private static readonly JobOptions s_options = new();
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Guid s_runner = Guid.CreateVersion7(s_start);

    [Fact]
    public void Fails_after_the_last_charged_run_with_its_last_error()
    {
        var job = JobRulesProperties.Submitted(s_start);
        for (var run = 1; run <= s_options.AttemptsMax; run++)
        {
            job = Lease(job);
            job = JobRules.PutBack(job, job.Fence, JobPutBackReason.Lost, default, 502, $"error {run}", s_start, s_options).Row;
        }

        Assert.Equal((JobStatus.Failed, 502, "error 3"), (job.Status, job.StatusCode, job.LastError));
    }

    [Fact]
    public void Charges_the_eleventh_drain()
    {
        var job = JobRulesProperties.Submitted(s_start);
        for (var drain = 1; drain <= s_options.DrainsMax + 1; drain++)
            job = JobRules.PutBack(Lease(job), job.Fence + 1, JobPutBackReason.Drain, default, 503, null, s_start, s_options).Row;
        Assert.Equal((JobStatus.Pending, 1, 10), (job.Status, job.Attempts, job.Drains));
    }

    [Fact]
    public void Waits_as_long_as_allowed_and_then_fails_with_the_refusal()
    {
        var job = Wait(JobRulesProperties.Submitted(s_start), s_start);
        job = Wait(job, s_start + s_options.WaitMax - TimeSpan.FromMilliseconds(1));
        Assert.Equal((JobStatus.Pending, 0), (job.Status, job.Attempts));
        job = Wait(job, s_start + s_options.WaitMax);
        Assert.Equal((JobStatus.Failed, 402, "no credit"), (job.Status, job.StatusCode, job.LastError));

        static JobRow Wait(JobRow job, DateTimeOffset now)
        {
            var leased = JobRules.Lease(job, s_runner, job.Fence, now, s_options).Row;
            return JobRules.PutBack(leased, leased.Fence, JobPutBackReason.Wait, default, 402, "no credit", now, s_options).Row;
        }
    }

    [Fact]
    public void A_completion_beats_a_cancel_that_was_not_noticed()
    {
        var job = JobRules.Cancel(Lease(JobRulesProperties.Submitted(s_start)), s_start).Row;
        Assert.True(job.CancelRequested);
        var ended = JobRules.End(job, job.Fence, JobStatus.Completed, 200, null, s_start);
        Assert.Equal((true, JobStatus.Completed), (ended.Won, ended.Row.Status));
        Assert.Same(ended.Row, JobRules.Cancel(ended.Row, s_start).Row);
    }

    [Theory]
    [InlineData(JobPutBackReason.Wait)]
    [InlineData(JobPutBackReason.Drain)]
    [InlineData(JobPutBackReason.Lost)]
    public void A_job_to_be_cancelled_does_not_come_back(JobPutBackReason reason)
    {
        var job = JobRules.Cancel(Lease(JobRulesProperties.Submitted(s_start)), s_start).Row;
        Assert.Equal(JobStatus.Cancelled, JobRules.PutBack(job, job.Fence, reason, default, 503, null, s_start, s_options).Row.Status);
        Assert.Equal(JobStatus.Cancelled, JobRules.LoseLease(job, s_start + s_options.LeaseFor, s_options).Row.Status);
    }

    [Fact]
    public void A_second_delivery_is_known_and_a_late_runner_is_not()
    {
        var job = Lease(JobRulesProperties.Submitted(s_start));
        var ended = JobRules.End(job, job.Fence, JobStatus.Completed, 200, null, s_start).Row;
        Assert.Equal(new JobStep(true, ended), JobRules.End(ended, job.Fence, JobStatus.Completed, 200, null, s_start.AddDays(1)));
        var lost = JobRules.LoseLease(job, s_start + s_options.LeaseFor, s_options).Row;
        var again = Lease(lost, s_start + s_options.LeaseFor);
        Assert.Equal(new JobStep(false, again), JobRules.End(again, job.Fence, JobStatus.Completed, 200, null, s_start));
        Assert.Equal(new JobStep(false, again), JobRules.Renew(again, job.Fence, s_start, s_options));
    }

    [Fact]
    public void A_job_that_a_sweep_failed_was_not_ended_by_its_runner()
    {
        var job = Lease(JobRulesProperties.Submitted(s_start)) with { Attempts = s_options.AttemptsMax };
        var failed = JobRules.LoseLease(job, s_start + s_options.LeaseFor, s_options).Row;
        Assert.Equal((JobStatus.Failed, 500), (failed.Status, failed.StatusCode));
        Assert.False(JobRules.End(failed, job.Fence, JobStatus.Failed, 502, null, s_start).Won);
    }

    [Fact]
    public void A_lease_whose_answer_was_lost_is_given_again_to_its_owner_alone()
    {
        var pending = JobRulesProperties.Submitted(s_start);
        var leased = Lease(pending);
        Assert.Equal(new JobStep(true, leased), JobRules.Lease(leased, s_runner, pending.Fence, s_start, s_options));
        Assert.False(JobRules.Lease(leased, Guid.CreateVersion7(s_start), pending.Fence, s_start, s_options).Won);
    }

    [Theory]
    [InlineData(null, 3600)]
    [InlineData("", 3600)]
    [InlineData("0", 3600)]
    [InlineData("-5", 3600)]
    [InlineData("1.5", 3600)]
    [InlineData("soon", 3600)]
    [InlineData("99999999999999999999", 3600)]
    [InlineData(" 7 ", 7)]
    [InlineData("90000000", 2_592_000)]
    public void Reads_the_ttl_header(string? header, long seconds) => Assert.Equal(seconds, JobTtl.Seconds(header, s_options));

    [Theory]
    [InlineData("vk_1", 30)]
    [InlineData("3f9f0f5e-6a51-4c6b-9d5e-000000000001", 23)]
    public void A_key_never_changes_its_partition(string key, int partition) => Assert.Equal(partition, JobPartition.Of(key, 32));

    [Fact]
    public void Keys_are_spread_over_the_partitions()
    {
        var counts = Enumerable.Range(0, 32_000).GroupBy(i => JobPartition.Of($"vk_{i}", 32)).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(32, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 700, 1_300));
    }

    private static JobRow Lease(JobRow job, DateTimeOffset? now = null)
    {
        var step = JobRules.Lease(job, s_runner, job.Fence, now ?? s_start, s_options);
        Assert.True(step.Won);
        return step.Row;
    }
}
