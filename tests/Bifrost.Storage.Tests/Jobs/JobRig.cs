using System.Text;
using Bifrost.Calls.Contracts;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Jobs;

/// <summary>A store of jobs under a clock that stands still until it is told: one in memory, or a real one.</summary>
internal sealed class JobRig : IAsyncDisposable
{
    public const string Key = "vk_1";

    public static readonly Guid Runner = Guid.Parse("01900000-0000-7000-8000-000000000001");
    public static readonly Guid Other = Guid.Parse("01900000-0000-7000-8000-000000000002");

    private readonly FakeTimeProvider? _time;
    private readonly InMemoryJobStore? _memory;
    private readonly StoreHarness? _real;

    private JobRig(FakeTimeProvider time, JobOptions options) => (_time, _memory, Options) = (time, new InMemoryJobStore(time, options), options);

    public JobRig(StoreHarness real, JobOptions options) => (_real, Options) = (real, options);

    public JobOptions Options { get; }

    public IJobStore Jobs => _real?.Store.Jobs ?? (IJobStore)_memory!;

    public IJobDeliveryStore Deliveries => _real?.Store.Deliveries ?? _memory!.Deliveries;

    public StoreHarness Real => _real!;

    public DateTimeOffset Now => _real?.Now ?? _time!.GetUtcNow();

    public static JobRig InMemory(JobOptions options) => new(new FakeTimeProvider(StoreHarness.Start), options);

    public Task AdvanceAsync(TimeSpan by)
    {
        if (_real is not null) return _real.AdvanceAsync(by);
        _time!.Advance(by);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _real?.DisposeAsync() ?? default;

    public JobSubmission Submission(string key = Key, string body = "{}", string? idempotency = null, long ttl = 60, string? webhook = null) => new()
    {
        JobId = Guid.CreateVersion7(Now),
        VirtualKeyId = key,
        Body = Encoding.UTF8.GetBytes(body),
        BodyHash = JobIds.BodyHash(Encoding.UTF8.GetBytes(body)),
        Call = new JobCall { RequestId = "req_1", DefaultProvider = "openai", Headers = [new Header("x-a", "1")], SendBackRawRequest = true },
        ResultTtlSeconds = ttl,
        IdempotencyKey = idempotency,
        Webhook = webhook,
    };

    public Task<JobSubmitted> SubmitAsync(JobSubmission submission) => Jobs.SubmitAsync(submission, CancellationToken.None);

    public async Task<JobRow> SubmittedAsync(string key = Key, string body = "{}", long ttl = 60, string? webhook = null) =>
        Assert.IsType<JobAccepted>(await SubmitAsync(Submission(key, body, ttl: ttl, webhook: webhook))).Row;

    public async Task<JobRow> LeasedAsync(JobRow job, Guid? owner = null)
    {
        var leased = await Jobs.LeaseAsync(job.Id, owner ?? Runner, job.Fence, CancellationToken.None);
        Assert.Equal(JobLeaseResult.Leased, leased.Result);
        return leased.Row!;
    }

    public Task<JobStep?> EndAsync(JobRow job, JobStatus status = JobStatus.Completed, string body = """{"ok":true}""", long? fence = null) => Jobs.EndAsync(
        job.Id,
        new JobEnd { Fence = fence ?? job.Fence, Status = status, Outcome = status == JobStatus.Cancelled ? null : Outcome(body), Error = "e" },
        CancellationToken.None);

    public Task<JobStep?> PutBackAsync(JobRow job, JobPutBackReason reason, long delayMs = 0, long keyDelayMs = 0) => Jobs.PutBackAsync(
        job.Id,
        new JobPutBack { Fence = job.Fence, Reason = reason, DelayMs = delayMs, KeyDelayMs = keyDelayMs, Refusal = Outcome("refused", 429), Error = "why" },
        CancellationToken.None);

    public Task<JobRow?> ReadAsync(JobRow job, string? key = null) => Jobs.ReadAsync(job.Id, key, CancellationToken.None);

    public async Task<string?> BodyAsync(JobRow job) =>
        await Jobs.ReadOutcomeAsync(job.Id, CancellationToken.None) is { } outcome ? Encoding.UTF8.GetString(outcome.Body.Span) : null;

    public Task<JobWindow> DueAsync(string key = Key, string? after = null, int keys = 10, int jobs = 10, string? only = null) => Jobs.ReadDueAsync(
        new JobDueQuery { Partition = JobPartition.Of(key, Options.Partitions), AfterKey = after, OnlyKey = only, KeysMax = keys, JobsPerKeyMax = jobs },
        CancellationToken.None);

    /// <summary>What the counters say of a key; all zero when nothing is open.</summary>
    public async Task<(long Pending, long Processing, long Bytes)> DepthAsync(string key = Key) =>
        (await Jobs.ReadDepthsAsync(100, CancellationToken.None)).SingleOrDefault(d => d.VirtualKeyId == key) is { } depth
            ? (depth.Pending, depth.Processing, depth.Bytes)
            : default;

    private static JobOutcome Outcome(string body, int status = 200) =>
        new() { StatusCode = status, Body = Encoding.UTF8.GetBytes(body), Headers = [new Header("x-bf-provider", "sim")] };
}
