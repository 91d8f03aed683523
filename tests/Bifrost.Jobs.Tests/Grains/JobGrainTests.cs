using Bifrost.Catalog.Model;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Grains;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Server.Silo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bifrost.Jobs.Tests.Grains;

/// <summary>The grains of jobs on a real silo, over a store in memory.</summary>
public sealed class JobGrainTests : IAsyncLifetime
{
    private static readonly Guid Runner = Guid.CreateVersion7();

    private readonly JobOptions _options = new()
    {
        // The silo that keeps the partitions runs no jobs itself: others ask it for them.
        RunningPerSiloMax = 0,
        Partitions = 1, PumpEvery = TimeSpan.FromMilliseconds(20), SweepEvery = TimeSpan.FromMilliseconds(20),
    };

    private readonly JobRunnerSignal _bell = new();

    /// <summary>The store's clock: leases and results end when a test says so, however long the machine takes.</summary>
    private readonly FakeTimeProvider _time = new();

    private readonly WatchedJobStore _store;
    private IHost _host = null!;

    public JobGrainTests() => _store = new WatchedJobStore(new InMemoryJobStore(_time, _options));

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    private IJobQueueGrain Queue => Grains.GetGrain<IJobQueueGrain>("0");

    public async ValueTask InitializeAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddLogging().AddSingleton(TimeProvider.System).AddSingleton<ICatalog>(TestKey.Catalog(requestsMax: 10))
            .AddSingleton<IJobStore>(_store).AddSingleton(_bell).AddJobGrains(_options);
        SiloSetup.Use(builder, new SiloSettings());
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    [Fact]
    public async Task A_job_is_submitted_handed_out_run_and_read()
    {
        var id = await SubmitAsync("vk");
        Assert.Equal([(0, "vk")], _bell.Take());
        var poll = Job(id).Poll(new JobPoll { VirtualKeyId = "vk", WaitMs = 60_000 });

        var job = Assert.Single((await Queue.Pull(new JobPull { Owner = Runner, Room = 5 }).InTimeAsync()).Jobs);
        Assert.Equal((id, "vk", 0L), (job.JobId, job.VirtualKeyId, job.Fence));
        var run = (await Job(id).Start(new JobStart { Owner = Runner, Fence = job.Fence }).InTimeAsync()).Run!;
        Assert.Equal((1L, 1, "{}", "r"), (run.Fence, run.Attempt, System.Text.Encoding.UTF8.GetString(run.Body.Span), run.Call.RequestId));
        Assert.True((await Job(id).Renew(run.Fence).InTimeAsync()).Held);
        Assert.True((await Job(id).End(TestJobs.End(run.Fence)).InTimeAsync()).Won);

        Assert.Equal("done", (await poll.InTimeAsync()).Text());
        Assert.Null(await Job(id).Poll(new JobPoll { VirtualKeyId = "another" }).InTimeAsync());
    }

    [Fact]
    public async Task An_idempotency_key_leads_to_the_first_job()
    {
        var first = TestJobs.Submission("vk", idempotencyKey: "once");
        await Job(first.JobId).Submit(first).InTimeAsync();

        var same = TestJobs.Submission("vk", idempotencyKey: "once");
        var reply = await Job(same.JobId).Submit(same).InTimeAsync();
        Assert.Equal((JobSubmitResult.SameJob, first.JobId), (reply.Result, reply.Job?.JobId));

        var other = TestJobs.Submission("vk", idempotencyKey: "once", body: "{\"n\":2}");
        Assert.Equal(JobSubmitResult.IdempotencyConflict, (await Job(other.JobId).Submit(other).InTimeAsync()).Result);
    }

    [Fact]
    public async Task A_cancel_ends_a_waiting_job_and_tells_the_runner_of_a_running_one()
    {
        var asked = new TaskCompletionSource<Guid>();
        _bell.CancelAsked = id => asked.TrySetResult(id);
        var waiting = await SubmitAsync("vk");
        Assert.Equal(JobStatus.Cancelled, (await Job(waiting).Cancel(new JobPoll { VirtualKeyId = "vk" }).InTimeAsync())!.Status);
        Assert.False(asked.Task.IsCompleted);

        var running = await SubmitAsync("vk");
        var run = (await Job(running).Start(new JobStart { Owner = Runner, Fence = 0 }).InTimeAsync()).Run!;
        var view = await Job(running).Cancel(new JobPoll { VirtualKeyId = "vk" }).InTimeAsync();

        Assert.Equal((JobStatus.Processing, true), (view!.Status, view.CancelRequested));
        Assert.Equal(running, await asked.Task.InTimeAsync());
        Assert.True((await Job(running).Renew(run.Fence).InTimeAsync()).CancelRequested);
    }

    [Fact]
    public async Task A_lost_lease_is_taken_back_and_the_job_handed_out_again()
    {
        var id = await SubmitAsync("vk");
        await Job(id).Start(new JobStart { Owner = Runner, Fence = 0 }).InTimeAsync();

        // The first pull wakes the partition; the lease ends without a renewal.
        var pulling = HandedOutAsync();
        _time.Advance(_options.LeaseFor);
        var again = await pulling;

        Assert.Equal((id, 1L), (again!.JobId, again.Fence));
        Assert.Equal(JobStatus.Pending, (await Job(id).Poll(new JobPoll()).InTimeAsync())!.Status);
    }

    [Fact]
    public async Task What_has_expired_is_deleted()
    {
        var submission = TestJobs.Submission("vk", ttlSeconds: 1);
        await Job(submission.JobId).Submit(submission).InTimeAsync();
        await Job(submission.JobId).Cancel(new JobPoll()).InTimeAsync();
        await Queue.Pull(new JobPull { Owner = Runner, Room = 1 }).InTimeAsync();

        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.UntilAsync(
            async () => (await _store.SweepAsync(default)).Jobs == 0 && await _store.ReadAsync(submission.JobId, null, default) is null);
        Assert.Null(await Job(submission.JobId).Poll(new JobPoll()).InTimeAsync());
    }

    [Fact]
    public async Task A_store_that_is_away_is_an_error_that_crosses_silos_and_leaves_the_queue_standing()
    {
        var id = await SubmitAsync("vk");
        _store.Away = true;
        await Assert.ThrowsAsync<JobStoreAwayException>(() => Job(Guid.CreateVersion7()).Poll(new JobPoll()).InTimeAsync());
        Assert.Empty((await Queue.Pull(new JobPull { Owner = Runner, Room = 1 }).InTimeAsync()).Jobs);
        _store.Away = false;
        Assert.Equal(id, (await HandedOutAsync())!.JobId);
    }

    private IJobGrain Job(Guid id) => Grains.GetGrain<IJobGrain>(JobIds.ToText(id));

    private async Task<Guid> SubmitAsync(string key)
    {
        var submission = TestJobs.Submission(key);
        Assert.Equal(JobSubmitResult.Submitted, (await Job(submission.JobId).Submit(submission).InTimeAsync()).Result);
        return submission.JobId;
    }

    private Task<JobHandout?> HandedOutAsync() => Eventually.UntilAsync(
        async () => (await Queue.Pull(new JobPull { Owner = Runner, Room = 5 })).Jobs.FirstOrDefault(), job => job is not null, _ => "no job");
}
