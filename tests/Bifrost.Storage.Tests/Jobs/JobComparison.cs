using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Storage.Tests.Jobs;

/// <summary>Random commands, many of them late or wrong, on a real store and on the one in memory, whose queries count the rows: every answer and all rows must be the same.</summary>
internal sealed class JobComparison(int seed, JobRig real, JobRig model)
{
    /// <summary>What ended jobs keep, summed up from their rows.</summary>
    public const string KeptSql =
        "select j.virtual_key_id, sum(j.body_bytes + coalesce(r.length, 0)) from job j left join job_result r on r.job_id = j.id where j.status >= 2 " +
        "group by j.virtual_key_id order by j.virtual_key_id";

    /// <summary>What is counted of it.</summary>
    public const string CountedSql = "select virtual_key_id, bytes from job_kept order by virtual_key_id";

    private static readonly string[] s_keys = ["a", "b", "c"];

    private static readonly JobRow s_nobody = new()
    {
        Id = JobRig.Other, VirtualKeyId = "", Partition = 0, RequestId = "", NotBefore = default, CreatedAt = default, ResultTtlSeconds = 1, BodyBytes = 0,
    };

    private readonly Random _random = new(seed);
    private readonly List<Guid> _jobs = [];

    public async Task RunAsync(int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            await StepAsync(_random.Next(12));
            await SameAsync(rig => rig.Jobs.ReadDepthsAsync(10, default));
            await SameAsync(async rig => (await rig.Jobs.ReadBacklogAsync(2, default)).Partitions);
            Assert.Equal(await real.Real.RowsAsync(KeptSql), await real.Real.RowsAsync(CountedSql));
            if (i % 10 == 0) await SameAsync(rig => rig.Jobs.ListAsync(new JobListQuery(), default));
        }

        Assert.True(_jobs.Count > steps / 20, "the run was about jobs");
    }

    private Task StepAsync(int kind)
    {
        var (id, fence) = (_jobs.Count == 0 ? JobRig.Other : _jobs[_random.Next(_jobs.Count)], _random.Next(4));
        var (partition, text) = (_random.Next(2), new string('x', _random.Next(1, 20)));
        switch (kind)
        {
            case 0 or 1:
                var submission = real.Submission(s_keys[_random.Next(3)], text, _random.Next(3) == 0 ? $"i{_random.Next(3)}" : null, _random.Next(1, 100));
                _jobs.Add(submission.JobId);
                return SameAsync(rig => rig.SubmitAsync(submission));
            case 2 or 3 or 4:
                return SameAsync(async rig =>
                {
                    // Leases are of what the window shows, so that they mostly succeed.
                    var window = await rig.Jobs.ReadDueAsync(new JobDueQuery { Partition = partition, KeysMax = 2, JobsPerKeyMax = 2 }, default);
                    var text = $"{window.NextAfterKey} {window.NextDueIn} {string.Join(' ', window.Jobs)}";
                    return window.Jobs is [var due, ..] ? $"{text} {await rig.Jobs.LeaseAsync(due.JobId, JobRig.Runner, due.Fence, default)}" : text;
                });
            case 5:
                return SameAsync(rig => rig.Jobs.RenewAsync(id, fence, default));
            case 6 or 7:
                var status = (JobStatus)_random.Next(2, 5);
                return SameAsync(rig => rig.EndAsync(s_nobody with { Id = id }, status, text, fence));
            case 8:
                var putBack = new JobPutBack { Fence = fence, Reason = (JobPutBackReason)_random.Next(3), DelayMs = _random.Next(5_000), KeyDelayMs = _random.Next(2_000) };
                return SameAsync(rig => rig.Jobs.PutBackAsync(id, putBack, default));
            case 9:
                var retry = _random.Next(2) == 0;
                return retry ? SameAsync(rig => rig.Jobs.RetryAsync(id, default)) : SameAsync(rig => rig.Jobs.CancelAsync(id, null, default));
            case 10:
                return SameAsync(async rig =>
                {
                    var late = (await rig.Jobs.ExpireLeasesAsync(default)).OrderBy(row => row.Id);
                    var oldest = (await rig.Jobs.ListAsync(new JobListQuery(), default)).LastOrDefault() ?? s_nobody;
                    return $"{string.Join(' ', late)} {await rig.Jobs.SweepAsync(default)} {await rig.BodyAsync(oldest)}";
                });
            default:
                var by = TimeSpan.FromMilliseconds(_random.Next(20_000));
                return Task.WhenAll(real.AdvanceAsync(by), model.AdvanceAsync(by));
        }
    }

    private async Task SameAsync<T>(Func<JobRig, Task<T>> command)
    {
        var (expected, actual) = (await command(model), await command(real));
        Assert.Equal(expected, actual);
    }
}
