using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Tests.Grains;

/// <summary>One activation's view of its job, on a clock that moves when told.</summary>
public sealed class CachedJobTests
{
    private static readonly Guid Runner = Guid.CreateVersion7();

    private readonly WatchedTimeProvider _time = new();
    private readonly JobOptions _options = new() { PollWaitersMax = 2 };
    private readonly Guid _id = Guid.CreateVersion7();
    private readonly InMemoryJobStore _memory;
    private readonly WatchedJobStore _store;
    private readonly JobRunnerSignal _bell = new();
    private readonly CachedJob _file;

    public CachedJobTests()
    {
        _memory = new InMemoryJobStore(_time, _options);
        _store = new WatchedJobStore(_memory);
        _file = NewFile();
    }

    [Fact]
    public async Task Answers_polls_of_an_open_job_from_memory_for_a_while()
    {
        await SubmitAsync();
        for (var i = 0; i < 100; i++) Assert.Equal(JobStatus.Pending, (await PollAsync())!.Status);
        Assert.Equal(0, _store.CallsOf("Read"));

        _time.Advance(CachedJob.FreshFor);
        await PollAsync();
        Assert.Equal(1, _store.CallsOf("Read"));
    }

    [Fact]
    public async Task Tells_the_runner_of_a_job_that_became_due_and_of_a_cancel_of_one_that_runs()
    {
        var cancels = new List<Guid>();
        _bell.CancelAsked = cancels.Add;
        await SubmitAsync();
        Assert.Equal((0, "vk"), Assert.Single(_bell.Take()) with { Partition = 0 });

        var run = (await StartAsync()).Run!;
        await _file.CancelAsync("another");
        Assert.Empty(cancels);
        await _file.CancelAsync("vk");
        Assert.Equal([_id], cancels);
        Assert.Empty(_bell.Take());

        await _file.PutBackAsync(new JobPutBack { Fence = run.Fence, Reason = JobPutBackReason.Drain });
        Assert.Empty(_bell.Take());
        await _file.RetryAsync();
        Assert.Single(_bell.Take());
    }

    [Fact]
    public async Task A_clock_set_back_after_the_expiry_showed_a_completed_job_without_its_result()
    {
        await SubmitAsync();
        var run = (await StartAsync()).Run!;
        await _file.EndAsync(TestJobs.End(run.Fence));
        _memory.Rows.Outcomes.Remove(_id);
        Assert.Null(await PollAsync());
    }

    [Fact]
    public async Task A_retry_past_this_activation_mixed_an_old_failure_with_the_new_result()
    {
        await SubmitAsync();
        var run = (await StartAsync()).Run!;
        await _file.EndAsync(TestJobs.End(run.Fence, "failure") with { Status = JobStatus.Failed });
        Assert.Equal((JobStatus.Failed, "failure"), ((await PollAsync())!.Status, (await PollAsync()).Text()));

        var other = NewFile();
        var retried = await other.RetryAsync();
        Assert.Equal(JobStatus.Pending, retried!.Status);
        var again = (await other.StartAsync(new JobStart { Owner = Runner, Fence = retried.Fence })).Run!;
        await other.EndAsync(TestJobs.End(again.Fence));

        var view = await PollAsync();
        Assert.Equal((JobStatus.Completed, "done"), (view!.Status, view.Text()));
    }

    [Fact]
    public async Task A_long_poll_answers_with_the_end_as_soon_as_it_comes()
    {
        await SubmitAsync();
        var poll = PollAsync(waitMs: 30_000);
        var run = (await StartAsync()).Run!;
        Assert.False(poll.IsCompleted);

        await _file.EndAsync(TestJobs.End(run.Fence));

        var view = await poll.InTimeAsync();
        Assert.Equal((JobStatus.Completed, "done"), (view!.Status, view.Text()));
    }

    [Fact]
    public async Task A_long_poll_learns_of_an_end_that_another_activation_made()
    {
        await SubmitAsync();
        var poll = PollAsync(waitMs: 30_000);
        var other = NewFile();
        var run = (await other.StartAsync(new JobStart { Owner = Runner, Fence = 0 })).Run!;
        await other.EndAsync(TestJobs.End(run.Fence));
        Assert.False(poll.IsCompleted);

        await AdvanceUntilAsync(poll, CachedJob.FreshFor);

        Assert.Equal("done", (await poll).Text());
    }

    [Fact]
    public async Task A_long_poll_waits_no_longer_than_asked_and_allowed()
    {
        await SubmitAsync();
        var poll = PollAsync(waitMs: 10 * 60_000);
        _time.Advance(_options.PollWaitMax - TimeSpan.FromMilliseconds(1));

        // Woken, it looks at the store once and waits for the rest.
        await Eventually.RepeatAsync(static () => { }, () => _store.CallsOf("Read") == 1 && _time.TimersWaiting == 1);
        Assert.False(poll.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(JobStatus.Pending, (await poll.InTimeAsync())!.Status);
    }

    [Fact]
    public async Task Only_so_many_polls_wait()
    {
        await SubmitAsync();
        var waiting = new[] { PollAsync(waitMs: 30_000), PollAsync(waitMs: 30_000) };
        Assert.Equal(JobStatus.Pending, (await PollAsync(waitMs: 30_000).InTimeAsync())!.Status);
        Assert.All(waiting, poll => Assert.False(poll.IsCompleted));
    }

    [Fact]
    public async Task A_result_is_read_until_its_last_moment_and_never_after()
    {
        await SubmitAsync(ttlSeconds: 60);
        await _file.EndAsync(TestJobs.End((await StartAsync()).Run!.Fence));

        _time.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.Equal("done", (await PollAsync()).Text());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(await PollAsync());
        Assert.Null(await NewFile().PollAsync(new JobPoll()));
    }

    [Fact]
    public async Task Another_keys_job_is_not_there()
    {
        await SubmitAsync();
        Assert.Null(await PollAsync("another"));
        Assert.Null(await _file.CancelAsync("another"));
        Assert.Equal(JobStatus.Pending, (await PollAsync())!.Status);

        await _file.EndAsync(TestJobs.End((await StartAsync()).Run!.Fence));
        Assert.Null(await PollAsync("another"));
        Assert.Null(await NewFile().PollAsync(new JobPoll { VirtualKeyId = "another" }));
        Assert.Equal("done", (await _file.PollAsync(new JobPoll())).Text());
    }

    [Fact]
    public async Task A_runner_that_lost_its_lease_changes_nothing_through_any_activation()
    {
        await SubmitAsync();
        var first = (await StartAsync()).Run!;
        _time.Advance(_options.LeaseFor);
        await _store.ExpireLeasesAsync(default);
        var second = (await NewFile().StartAsync(new JobStart { Owner = Guid.CreateVersion7(), Fence = first.Fence })).Run!;

        Assert.False((await _file.RenewAsync(first.Fence)).Held);
        Assert.False((await _file.EndAsync(TestJobs.End(first.Fence, "late"))).Won);
        Assert.False((await NewFile().EndAsync(TestJobs.End(first.Fence, "late"))).Won);
        Assert.True((await _file.EndAsync(TestJobs.End(second.Fence, "right"))).Won);

        Assert.Equal("right", (await PollAsync()).Text());
    }

    [Fact]
    public async Task A_renewal_tells_the_runner_of_a_cancel()
    {
        await SubmitAsync();
        var run = (await StartAsync()).Run!;
        var reply = await _file.RenewAsync(run.Fence);
        Assert.Equal((true, false), (reply.Held, reply.CancelRequested));
        await NewFile().CancelAsync("vk");
        Assert.True((await _file.RenewAsync(run.Fence)).CancelRequested);
    }

    [Fact]
    public async Task Says_so_when_the_store_is_away_and_asks_again_later()
    {
        await SubmitAsync();
        _store.Away = true;
        await Assert.ThrowsAsync<JobStoreAwayException>(() => _file.CancelAsync(null));
        await Assert.ThrowsAsync<JobStoreAwayException>(() => PollAsync());
        _store.Away = false;
        Assert.Equal(JobStatus.Pending, (await PollAsync())!.Status);
    }

    private CachedJob NewFile() => new(_id, _store, _bell, _options, _time);

    private async Task SubmitAsync(long ttlSeconds = 60) =>
        Assert.IsType<JobAccepted>(await _file.SubmitAsync(TestJobs.Submission(id: _id, ttlSeconds: ttlSeconds)));

    private Task<JobView?> PollAsync(string key = "vk", int waitMs = 0) => _file.PollAsync(new JobPoll { VirtualKeyId = key, WaitMs = waitMs });

    private Task<JobStartReply> StartAsync() => _file.StartAsync(new JobStart { Owner = Runner, Fence = 0 });

    // The poll goes on on another thread each time it is woken, so the clock is moved until it has come to its end.
    private Task AdvanceUntilAsync(Task poll, TimeSpan step) => Eventually.RepeatAsync(() => _time.Advance(step), () => poll.IsCompleted);
}
