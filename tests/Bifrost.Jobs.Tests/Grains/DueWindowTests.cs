using System.Collections.Immutable;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Tests.Grains;

/// <summary>Who gets work next, over the rows of a store in memory.</summary>
public sealed class DueWindowTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly JobOptions _options = new() { Partitions = 1, RunningPerKeyMax = 4, WindowKeysMax = 8, WindowJobsPerKeyMax = 5 };
    private readonly InMemoryJobStore _store;
    private readonly DueWindow _window;

    public DueWindowTests()
    {
        _store = new InMemoryJobStore(_time, _options);
        _window = new DueWindow(_options, _ => _options.RunningPerKeyMax, _time);
    }

    [Fact]
    public async Task Hands_out_in_turn_between_keys_and_the_oldest_of_each_first()
    {
        var a = await SubmitAsync("a", 3);
        var b = await SubmitAsync("b", 1);
        var c = await SubmitAsync("c", 2);

        Assert.Equal([a[0], b[0], c[0], a[1], c[1], a[2]], Ids(await PullAsync(10)));
    }

    [Fact]
    public async Task A_long_queue_of_one_key_never_hides_anothers_job()
    {
        await SubmitAsync("a", 1_000);
        await PullAsync(2);
        var late = await SubmitAsync("b", 1);
        _window.Nudge("b");

        // Behind at most one job of every key that stood in the round.
        Assert.Contains(late[0], Ids(await PullAsync(2)));
    }

    [Fact]
    public async Task A_key_runs_no_more_than_it_may_until_one_is_done()
    {
        await SubmitAsync("a", 10);
        var first = await PullAsync(100);
        Assert.Equal(4, first.Length);
        Assert.Empty(await PullAsync(100));

        _window.Done(Done(first[0]));
        Assert.Single(await PullAsync(100));
    }

    [Fact]
    public async Task All_of_a_long_queue_is_handed_out_once()
    {
        var all = await SubmitAsync("a", 23);
        var seen = new List<Guid>();
        for (var i = 0; i < 100 && seen.Count < all.Count; i++)
        {
            foreach (var job in await PullAsync(3))
            {
                seen.Add(job.JobId);
                await RunAsync(job);
                _window.Done(Done(job));
            }
        }

        Assert.Equal(all, seen);
    }

    [Fact]
    public async Task Comes_round_to_every_key_where_there_are_more_than_a_window_shows()
    {
        var keys = Enumerable.Range(0, 50).Select(i => $"key{i:00}").ToArray();
        foreach (var key in keys) await SubmitAsync(key, 30);
        var served = new HashSet<string>(StringComparer.Ordinal);
        var handedOut = 0;
        while (served.Count < keys.Length)
        {
            var jobs = await PullAsync(4);
            Assert.NotEmpty(jobs);
            handedOut += jobs.Length;
            foreach (var job in jobs)
            {
                served.Add(job.VirtualKeyId);
                await RunAsync(job);
                _window.Done(Done(job));
            }

            // Nobody gets a second share before all had their first: four of each key and one window's worth of slack.
            Assert.True(handedOut <= (4 * keys.Length) + (4 * 8), $"{handedOut} for {served.Count} keys");
        }

        Assert.InRange(_window.LanesKept, 0, 2 * _options.WindowKeysMax);
    }

    [Fact]
    public async Task A_key_that_backs_off_is_left_alone_for_so_long()
    {
        await SubmitAsync("a", 4);
        await SubmitAsync("b", 4);
        var a = (await PullAsync(2)).Single(job => job.VirtualKeyId == "a");
        _window.Done(Done(a) with { KeyDelayMs = 3_000 });

        Assert.All(await PullAsync(100), job => Assert.Equal("b", job.VirtualKeyId));
        _time.Advance(TimeSpan.FromMilliseconds(2_999));
        Assert.Empty(await PullAsync(100));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(4, (await PullAsync(100)).Length);
    }

    [Fact]
    public async Task What_was_handed_out_and_never_leased_is_found_again()
    {
        await SubmitAsync("a", 4);
        Assert.Equal(4, (await PullAsync(100)).Length);
        await CountAsync();
        Assert.Empty(await PullAsync(100));

        _time.Advance(TimeSpan.FromSeconds(16));
        await CountAsync();
        Assert.Equal(4, (await PullAsync(100)).Length);
    }

    [Fact]
    public async Task What_others_run_counts_against_the_key()
    {
        var jobs = await SubmitAsync("a", 10);
        foreach (var id in jobs.Take(3)) await _store.LeaseAsync(id, Guid.CreateVersion7(), 0, default);
        await CountAsync();

        var one = Assert.Single(await PullAsync(100));
        _window.Done(Done(one));
        _window.Done(new JobDone { JobId = jobs[0], VirtualKeyId = "a" });
        Assert.Equal(2, (await PullAsync(100)).Length);
    }

    [Fact]
    public async Task An_empty_queue_is_looked_at_no_more_often_than_twice_a_pump()
    {
        var looks = 0;
        for (var i = 0; i < 100; i++)
        {
            if (_window.NextWalk(0) is not { } walk) continue;
            looks++;
            _window.Take(walk, await _store.ReadDueAsync(walk, default));
        }

        Assert.Equal(1, looks);
        _time.Advance(_options.PumpEvery / 2);
        Assert.NotNull(_window.NextWalk(0));
        Assert.False(_window.HasMore());
    }

    [Fact]
    public async Task Looks_when_a_job_that_waits_becomes_due()
    {
        var id = (await SubmitAsync("a", 1))[0];
        var job = (await PullAsync(1)).Single();
        await _store.LeaseAsync(id, Guid.CreateVersion7(), 0, default);
        _time.Advance(_options.PumpEvery / 2);
        await _store.PutBackAsync(id, new JobPutBack { Fence = 1, Reason = JobPutBackReason.Wait, DelayMs = 300 }, default);
        _window.Done(Done(job));
        Assert.Empty(await PullAsync(1));
        _time.Advance(TimeSpan.FromMilliseconds(299));
        Assert.Empty(await PullAsync(1));

        // Long before the next look of its own.
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(id, Assert.Single(await PullAsync(1)).JobId);
    }

    private static JobDone Done(JobHandout job) => new() { JobId = job.JobId, VirtualKeyId = job.VirtualKeyId };

    private static IEnumerable<Guid> Ids(IEnumerable<JobHandout> jobs) => jobs.Select(job => job.JobId);

    private async Task<List<Guid>> SubmitAsync(string key, int count)
    {
        var ids = new List<Guid>();
        for (var i = 0; i < count; i++)
        {
            // A later id for a later job: the store orders by it where times are the same.
            _time.Advance(TimeSpan.FromMilliseconds(1));
            var submission = TestJobs.Submission(key, Guid.CreateVersion7(_time.GetUtcNow()));
            Assert.IsType<JobAccepted>(await _store.SubmitAsync(submission, default));
            ids.Add(submission.JobId);
        }

        return ids;
    }

    private async Task RunAsync(JobHandout job)
    {
        Assert.Equal(JobLeaseResult.Leased, (await _store.LeaseAsync(job.JobId, Guid.CreateVersion7(), job.Fence, default)).Result);
        await _store.EndAsync(job.JobId, TestJobs.End(job.Fence + 1), default);
    }

    private async Task CountAsync()
    {
        var sentAt = _window.Mark();
        _window.Count(await _store.ReadRunningAsync(0, default), sentAt);
    }

    // As the grain does it.
    private async Task<ImmutableArray<JobHandout>> PullAsync(int room)
    {
        var jobs = ImmutableArray.CreateBuilder<JobHandout>();
        while (_window.NextKeyToLookAt() is { } key) await LookAsync(_window.QueryOf(0, key));
        for (var walks = 0; walks < 4 && _window.NextWalk(0) is { } walk; walks++) await LookAsync(walk);
        _window.HandOut(room, jobs);
        return jobs.DrainToImmutable();
    }

    private async Task LookAsync(JobDueQuery query) => _window.Take(query, await _store.ReadDueAsync(query, default));
}
