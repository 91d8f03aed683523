using Bifrost.Ledger.Signals;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Ledger.Store;

namespace Bifrost.Jobs.Grains;

/// <summary>
/// What one activation knows of its job, and its way to the store. Commands go one after the other, so that the last answer is the newest
/// state; those who wait for the end wait beside them. For one activation's turns.
/// </summary>
/// <param name="jobId">The job.</param>
/// <param name="store">Where its row is.</param>
/// <param name="signal">Wakes this process's runner when the job became due or is to be cancelled.</param>
/// <param name="options">Limits.</param>
/// <param name="time">The clock; only what passed on it counts.</param>
internal sealed class CachedJob(Guid jobId, IJobStore store, JobRunnerSignal signal, JobOptions options, TimeProvider time)
{
    /// <summary>How long an open job is answered from memory: another activation may have changed it.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly AsyncSignal _changed = new();
    private int _waiters;

    // What the last command answered, and when it was sent.
    private bool _known;
    private long _asOf;

    /// <summary>The job as of the last command; null: unknown here, or not there.</summary>
    public JobRow? Row { get; private set; }

    public async Task<JobSubmitted> SubmitAsync(JobSubmission submission)
    {
        var submitted = await AskAsync(
            () => store.SubmitAsync(submission, CancellationToken.None),
            (answer, sentAt) =>
            {
                if (answer is JobAccepted accepted) Take(accepted.Row, sentAt);
            });
        if (submitted is JobAccepted { Row: var row }) TellDue(row);
        return submitted;
    }

    public async Task<JobView?> PollAsync(JobPoll poll)
    {
        var begunAt = time.GetTimestamp();
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(poll.WaitMs, 0, options.PollWaitMax.TotalMilliseconds));
        while (true)
        {
            var changed = _changed.Next;
            if (!_known || time.GetElapsedTime(_asOf) >= FreshFor) await ReloadAsync();
            if (Row is { IsEnded: true } ended && MaySee(ended, poll)) return await EndedAsync(ended);
            if (Row is not { IsEnded: false } row || !MaySee(row, poll)) return null;
            var left = wait - time.GetElapsedTime(begunAt);
            if (left <= TimeSpan.Zero || !await WaitAsync(changed, left)) return row.ToView();
        }
    }

    /// <summary>Null: unknown, expired, or another key's.</summary>
    public async Task<JobRow?> CancelAsync(string? virtualKeyId)
    {
        var step = await AskAsync(
            () => store.CancelAsync(jobId, virtualKeyId, CancellationToken.None),
            (answer, sentAt) =>
            {
                // Another key's question says nothing about the job.
                if (answer is not null) Take(answer, sentAt);
            });
        if (step?.Row is { CancelRequested: true, IsEnded: false }) signal.Cancel(jobId);
        return step?.Row;
    }

    /// <summary>Null: unknown or expired.</summary>
    public async Task<JobRow?> RetryAsync()
    {
        var step = await AskAsync(() => store.RetryAsync(jobId, CancellationToken.None), Take);
        if (step?.Row is { Status: JobStatus.Pending } row) TellDue(row);
        return step?.Row;
    }

    public async Task<JobStartReply> StartAsync(JobStart start)
    {
        var leased = await AskAsync(
            () => store.LeaseAsync(jobId, start.Owner, start.Fence, CancellationToken.None), (answer, sentAt) => Take(answer.Row, sentAt));
        if (leased is not { Result: JobLeaseResult.Leased, Row: { } row })
            return new JobStartReply { KeyBusy = leased.Result is JobLeaseResult.KeyBusy or JobLeaseResult.KeyFull };
        var request = await AskAsync(() => store.ReadRequestAsync(jobId, CancellationToken.None), static (_, _) => { });
        if (request is null) return new JobStartReply();
        return new JobStartReply
        {
            Run = new JobRun
            {
                JobId = jobId,
                VirtualKeyId = row.VirtualKeyId,
                Fence = row.Fence,
                Attempt = row.Attempts,
                LeaseMs = (long)leased.LeaseFor.TotalMilliseconds,
                Call = request.Call,
                Body = request.Body,
            },
        };
    }

    public async Task<JobRenewReply> RenewAsync(long fence)
    {
        var step = await AskAsync(() => store.RenewAsync(jobId, fence, CancellationToken.None), Take);
        return step is { Won: true } held
            ? new JobRenewReply { Held = true, CancelRequested = held.Row.CancelRequested, LeaseMs = (long)options.LeaseFor.TotalMilliseconds }
            : new JobRenewReply { Held = false };
    }

    public async Task<JobEndReply> EndAsync(JobEnd end) => Reply(await AskAsync(() => store.EndAsync(jobId, end, CancellationToken.None), Take));

    public async Task<JobEndReply> PutBackAsync(JobPutBack putBack)
    {
        var step = await AskAsync(() => store.PutBackAsync(jobId, putBack, CancellationToken.None), Take);

        // Others have room while this silo drains.
        if (step is { Won: true, Row: { Status: JobStatus.Pending } row } && putBack is { DelayMs: 0, KeyDelayMs: 0 }) TellDue(row);
        return Reply(step);
    }

    public Task<JobRow?> ReloadAsync() => AskAsync(() => store.ReadAsync(jobId, null, CancellationToken.None), Take);

    /// <summary>
    /// An ended job with its outcome. Expiry is the store's clock's, and only the store knows it: so ended jobs are asked for, each time.
    /// </summary>
    private async Task<JobView?> EndedAsync(JobRow row)
    {
        while (true)
        {
            var head = await AskAsync(() => store.ReadOutcomeHeadAsync(jobId, CancellationToken.None), static (_, _) => { });
            if (head is not null && row.Status == JobStatus.Completed) return ViewOf(row, head);

            // A failed or cancelled job may have been retried past this activation: the outcome is this row's only if the row still stands.
            if (await ReloadAsync() is not { } now) return null;
            if (!now.IsEnded) return now.ToView();
            if ((now.Status, now.Fence) != (row.Status, row.Fence))
            {
                row = now;
                continue;
            }

            // The outcome of a completed job is missing only once it has expired; a store's clock that was set back shows the row again.
            return now.Status == JobStatus.Completed && head is null ? null : ViewOf(now, head);
        }
    }

    /// <summary>A large outcome is left in the store: every poll would have a copy of it.</summary>
    private static JobView ViewOf(JobRow row, JobOutcomeHead? head) => row.ToView(head?.Small, head is { Small: null } ? head.Bytes : 0);

    /// <summary>False: too many wait already.</summary>
    private async Task<bool> WaitAsync(Task changed, TimeSpan left)
    {
        if (_waiters >= options.PollWaitersMax) return false;
        _waiters++;
        try
        {
            await _changed.WaitAsync(changed, left < FreshFor ? left : FreshFor, time);
        }
        finally
        {
            _waiters--;
        }

        return true;
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> command, Action<T, long> take)
    {
        await _turn.WaitAsync();
        try
        {
            var sentAt = time.GetTimestamp();
            var answer = await command();
            take(answer, sentAt);
            return answer;
        }
        catch (StoreUnavailableException e)
        {
            _known = false;
#pragma warning disable MA0054 // The inner one does not cross a grain call: its type is the store's own.
            throw new JobStoreAwayException(e.Message);
#pragma warning restore MA0054
        }
        finally
        {
            _turn.Release();
        }
    }

    private void TellDue(JobRow row) => signal.Due(row.Partition, row.VirtualKeyId);

    private void Take(JobStep? step, long sentAt) => Take(step?.Row, sentAt);

    private void Take(JobRow? row, long sentAt)
    {
        var before = Row;
        (Row, _asOf, _known) = (row, sentAt, true);
        if (before?.Status != row?.Status || before?.Fence != row?.Fence) _changed.Pulse();
    }

    private static bool MaySee(JobRow row, JobPoll poll) => poll.VirtualKeyId is null || poll.VirtualKeyId == row.VirtualKeyId;

    private static JobEndReply Reply(JobStep? step) => new() { Won = step is { Won: true }, Status = step?.Row.Status };
}
