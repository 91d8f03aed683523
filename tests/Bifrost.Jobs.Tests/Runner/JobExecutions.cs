using System.Collections.Frozen;
using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Gateway;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Runner;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Jobs.Tests.Runner;

/// <summary>One run of one job, between a scripted grain and a pipeline of fakes.</summary>
public sealed class JobExecutions
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakeKeyGrain _key = new();
    private readonly FakeProviderGrain _provider = new();
    private readonly ScriptedJobGrain _job = new();
    private readonly LostRuns _lost = new();
    private readonly Guid _jobId = Guid.CreateVersion7();
    private readonly JobExecution _attempt;

    public JobExecutions()
    {
        _provider.ThenJson(Replies.Completion);
        _job.OnStart = start => new JobStartReply
        {
            Run = new JobRun
            {
                JobId = _jobId, VirtualKeyId = "vk", Fence = start.Fence + 1, Attempt = 1, LeaseMs = 30_000,
                Call = new JobCall { RequestId = "r" }, Body = """{"model":"p/m","messages":[{"role":"user","content":"Hello"}]}"""u8.ToArray(),
            },
        };
        _attempt = new JobExecution(Tools(), _job, new JobHandout { JobId = Guid.CreateVersion7(), VirtualKeyId = "vk", Fence = 4 }, _lost);
    }

    [Fact]
    public async Task A_job_ends_only_after_its_entries_are_durable()
    {
        var (settling, durable) = (new TaskCompletionSource(), new TaskCompletionSource());
        _key.OnSettle = _ =>
        {
            settling.TrySetResult();
            return durable.Task;
        };
        var running = _attempt.RunAsync();
        await settling.Task.InTimeAsync();
        for (var i = 0; i < 1_000; i++) await Task.Yield();
        Assert.Empty(_job.Ends);

        durable.SetResult();
        await running.InTimeAsync();
        var end = Assert.Single(_job.Ends);
        Assert.Equal((5L, JobStatus.Completed, 200), (end.Fence, end.Status, end.Outcome!.StatusCode));
        Assert.Equal("r", Assert.Single(_key.Settlements).RequestId);
    }

    [Fact]
    public async Task An_end_is_told_until_it_is_heard()
    {
        _job.OnEnd = count => count < 3 ? throw new JobStoreAwayException() : new JobEndReply { Won = true };
        var running = _attempt.RunAsync();
        await Eventually.RepeatAsync(() => _time.Advance(TimeSpan.FromMilliseconds(100)), () => running.IsCompleted);
        Assert.Equal(3, _job.Ends.Count);
        Assert.All(_job.Ends, end => Assert.Same(_job.Ends[0].Outcome, end.Outcome));
    }

    [Fact]
    public async Task A_run_that_lost_its_lease_cancels_upstream_and_says_nothing_more()
    {
        var called = new TaskCompletionSource<ProviderCall>();
        var provider = new FakeProviderGrain().Then(call =>
        {
            called.TrySetResult(call);
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.AbortUnsent).ContinueWith(
                _ => Replies.Failure(FailureKind.Aborted, 0), default, TaskContinuationOptions.None, TaskScheduler.Default);
        });
        var attempt = new JobExecution(Tools(provider), _job, new JobHandout { JobId = Guid.CreateVersion7(), VirtualKeyId = "vk", Fence = 4 }, _lost);
        var running = attempt.RunAsync();
        var call = await called.Task.InTimeAsync();

        attempt.Stop(JobStop.LeaseLost);

        Assert.Equal(TimeSpan.Zero, await running.InTimeAsync());
        Assert.True(call.AbortUnsent.IsCancellationRequested);
        Assert.Empty(_job.Ends);
        Assert.Empty(_job.PutBacks);
    }

    [Fact]
    public async Task A_run_that_was_given_up_is_not_made_again_under_the_same_fence()
    {
        var called = new TaskCompletionSource();
        var provider = new FakeProviderGrain().Then(call =>
        {
            called.TrySetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, call.AbortUnsent).ContinueWith(
                _ => Replies.Failure(FailureKind.Aborted, 0), default, TaskContinuationOptions.None, TaskScheduler.Default);
        });
        var handout = new JobHandout { JobId = _jobId, VirtualKeyId = "vk", Fence = 4 };
        var givenUp = new JobExecution(Tools(provider), _job, handout, _lost);
        var running = givenUp.RunAsync();
        await called.Task.InTimeAsync();
        givenUp.Stop(JobStop.LeaseLost);
        await running.InTimeAsync();

        // The store still counts the lease as this process's.
        await new JobExecution(Tools(), _job, handout, _lost).RunAsync().InTimeAsync();
        Assert.Empty(_provider.Calls);

        await new JobExecution(Tools(), _job, handout with { Fence = 5 }, _lost).RunAsync().InTimeAsync();
        Assert.Single(_provider.Calls);
    }

    [Fact]
    public async Task A_job_that_somebody_else_has_is_not_run()
    {
        _job.OnStart = _ => new JobStartReply();
        Assert.Equal(TimeSpan.Zero, await _attempt.RunAsync().InTimeAsync());
        _job.OnStart = _ => new JobStartReply { KeyBusy = true };
        Assert.True(await _attempt.RunAsync().InTimeAsync() > TimeSpan.Zero);
        Assert.Empty(_provider.Calls);
        Assert.Empty(_job.Ends);
    }

    [Fact]
    public async Task Held_credit_puts_the_job_back_and_its_key_backs_off()
    {
        _key.Refuse = _ => new Refusal { Reason = RefusalReason.BudgetHeld, Message = "held", RetryAfterMs = 700 };
        Assert.Equal(TimeSpan.FromSeconds(1), await _attempt.RunAsync().InTimeAsync());
        var back = Assert.Single(_job.PutBacks);
        Assert.Equal((JobPutBackReason.Wait, 1_000L, 1_000L, 429), (back.Reason, back.DelayMs, back.KeyDelayMs, back.Refusal!.StatusCode));
        Assert.Empty(_job.Ends);
    }

    private JobTools Tools(FakeProviderGrain? provider = null)
    {
        var catalog = new CatalogHolder(new CatalogSnapshot
        {
            Version = 1,
            Providers = new[] { new Provider { Name = "p", BaseUrl = new Uri("http://localhost"), Keyless = true } }
                .ToFrozenDictionary(one => one.Name, StringComparer.Ordinal),
            VirtualKeys = new[] { new VirtualKey { Id = "vk", Name = "vk", Secrets = [new KeySecret([1], null)], AllowAllProviders = true } }
                .ToFrozenDictionary(one => one.Id, StringComparer.Ordinal),
        });
        var grains = GrainFactoryProxy.Of((type, _) => type == typeof(IVirtualKeyGrain) ? _key : provider ?? _provider);
        var pipeline = new PipelineOptions();
        var options = new JobOptions();
        return new JobTools
        {
            Owner = Guid.CreateVersion7(),
            Pipeline = new ChatPipeline(
                new ProviderReferences(grains, _time), new KeyReferences(grains), catalog, new FakeBook(), new SettleTracker(pipeline, _time, NullLogger<SettleTracker>.Instance), pipeline, _time, Random.Shared,
                NullLogger<ChatPipeline>.Instance),
            Catalog = catalog,
            Limits = ChatLimits.Default,
            Pauses = new KeyPauses(options, _time),
            Options = options,
            Metrics = new JobMetrics(new TestMeters()),
            Time = _time,
            Log = NullLogger.Instance,
        };
    }
}
