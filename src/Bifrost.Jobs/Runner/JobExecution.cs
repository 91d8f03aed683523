using Bifrost.Ledger.Signals;
using Bifrost.Calls.Limits;
using Bifrost.Calls.Pipeline;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Metrics;
using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Runner;

/// <summary>Why a running job is to stop before its answer is there.</summary>
internal enum JobStop
{
    /// <summary>Its client wants it no more.</summary>
    Cancel,

    /// <summary>Another runner has the lease, or it was not confirmed in time.</summary>
    LeaseLost,

    /// <summary>This process stops.</summary>
    Drain,
}

/// <summary>One run of one job that a queue handed out: leased, run through the pipeline of every call, and ended or put back.</summary>
internal sealed class JobExecution(JobTools tools, IJobGrain job, JobHandout handout, LostRuns lost)
{
    /// <summary>A start that got no answer is repeated: the lease may be ours already.</summary>
    private const int StartTriesMax = 3;

    /// <summary>What a key waits that runs as many jobs as it may, as the store counts them.</summary>
    private static readonly TimeSpan s_busyPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_repeatPause = TimeSpan.FromSeconds(1);

    /// <summary>How long a run that is over tries to say so; by then the job has long been taken back.</summary>
    private static readonly TimeSpan s_tellPatience = TimeSpan.FromMinutes(10);

    private readonly TaskCompletionSource<JobStop> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AsyncSignal _renewNow = new();

    // The outcome that metrics count for this run; a run that is told nothing else has lost its lease.
    private string _outcome = JobMetrics.LeaseLostWord;

    private int _outcomeBytes;

    /// <summary>What the run keeps in memory of its request; 0 until it is leased.</summary>
    public int BodyBytes { get; private set; }

    /// <summary>Ends the run before its answer is there. The first reason counts; after the answer it has no effect.</summary>
    public void Stop(JobStop reason) => _stopped.TrySetResult(reason);

    /// <summary>The next renewal may have news.</summary>
    public void RenewNow() => _renewNow.Pulse();

    /// <summary>Completes when the job is ended, put back or another's; answers how long its key is to back off.</summary>
    public async Task<TimeSpan> RunAsync()
    {
        var news = _renewNow.Next;
        var sentAt = tools.Time.GetTimestamp();
        var start = await StartAsync();
        if (start.Run is not { } run) return start.KeyBusy ? s_busyPause : TimeSpan.Zero;
        if (lost.Contains(run.JobId, run.Fence)) return TimeSpan.Zero;
        using var over = new CancellationTokenSource();
        BodyBytes = run.Body.Length;
        var renewing = new JobRenewal(job, run, tools.Options, tools.Time, tools.Log, Stop, _renewNow).RunAsync(sentAt, news, over.Token);
        var begunAt = tools.Time.GetTimestamp();
        tools.Metrics.RunBegins();
        try
        {
            return await WorkAsync(run);
        }
        finally
        {
            tools.Metrics.RunEnds(tools.Time.GetElapsedTime(begunAt), _outcome);
            over.Cancel();
            await renewing;
            LargeArrays.Leave((long)BodyBytes + _outcomeBytes);
        }
    }

    private async Task<TimeSpan> WorkAsync(JobRun run)
    {
        if (!ChatEnvelope.TryParse(run.Body, tools.Limits, out var envelope, out var wrong))
            return await TellAsync(run, JobVerdict.Failed(JobAnswers.Of(wrong!, ResponseInfo.None), wrong!.Message));

        if (_stopped.Task.IsCompleted) return await StoppedAsync(run, await _stopped.Task);
        var settlements = new CallSettlements();
        using var span = CallTraces.JobRun(run.Call.Trace, run.JobId);
        using var abort = new CancellationTokenSource();
        var call = tools.Pipeline.RunAsync(
            new ChatCall
            {
                Envelope = envelope!,
                Caller = CallerOf(run),
                RequestId = run.Call.RequestId,
                DefaultProvider = run.Call.DefaultProvider,
                Headers = run.Call.Headers,
                SendBackRawRequest = run.Call.SendBackRawRequest,
                SendBackRawResponse = run.Call.SendBackRawResponse,
                Clamp = run.Call.Clamp,
                JobId = JobIds.ToText(run.JobId),
                Settlements = settlements,
            },
            abort.Token);
        await Task.WhenAny(call, UntilStoppedAsync());
        if (!call.IsCompleted)
        {
            // The upstream may go on for a while so that its usage is booked, as it does for a client that left.
            abort.Cancel();
            _ = ForgetAsync(call);
            return await StoppedAsync(run, await _stopped.Task);
        }

        var verdict = await VerdictAsync(run, call);

        // A job that has ended has its entries.
        if (verdict.Ends) await settlements.DurableAsync().WaitAsync(s_tellPatience, tools.Time);
        return await TellAsync(run, verdict);
    }

    // Task.WhenAny leaves the synchronization context for the thread pool when a task completes that runs its continuations
    // asynchronously; the task of an async method does not.
    private async Task UntilStoppedAsync() => await _stopped.Task;

    /// <summary>The virtual key as it is now: revoked or deleted since the submission, it admits nothing.</summary>
    private Caller CallerOf(JobRun run)
    {
        var key = tools.Catalog.Current.VirtualKeys.GetValueOrDefault(run.VirtualKeyId);
        var hash = key?.Secrets.FirstOrDefault(static secret => secret.ValidUntil is null)?.Hash ?? [];
        return new Caller { VirtualKeyId = run.VirtualKeyId, SecretHash = hash.AsMemory() };
    }

    private async Task<JobVerdict> VerdictAsync(JobRun run, Task<ChatResult> call)
    {
        try
        {
            var result = await call;
            using var body = result as ChatBody;
            var keyIsThere = AnonymousKey.Is(run.VirtualKeyId) || tools.Catalog.Current.VirtualKeys.ContainsKey(run.VirtualKeyId);
            return JobVerdict.Of(result, keyIsThere);
        }
        catch (Exception e)
        {
            Log.JobBroke(tools.Log, run.JobId, e);
            return JobVerdict.Lost("The run broke off inside the gateway.");
        }
    }

    private Task<TimeSpan> StoppedAsync(JobRun run, JobStop reason)
    {
        if (reason == JobStop.Cancel) return TellAsync(run, JobVerdict.Cancelled);
        if (reason == JobStop.Drain) return TellAsync(run, JobVerdict.Drained);

        // The runner that takes the lease next reports the end.
        lost.Add(run.JobId, run.Fence);
        return Task.FromResult(TimeSpan.Zero);
    }

    /// <summary>Says what came of the run until it was heard; answers how long the key is to back off.</summary>
    private async Task<TimeSpan> TellAsync(JobRun run, JobVerdict verdict)
    {
        _outcomeBytes = verdict.Outcome?.Body.Length ?? 0;
        var keyDelay = TimeSpan.Zero;
        if (verdict.RetryAfterMs is { } retryAfterMs) keyDelay = tools.Pauses.Refused(run.VirtualKeyId, retryAfterMs);
        else if (verdict.End == JobStatus.Completed) tools.Pauses.GotThrough(run.VirtualKeyId);
        var begunAt = tools.Time.GetTimestamp();
        while (true)
        {
            try
            {
                var reply = await TellOnceAsync(run, verdict, keyDelay);
                if (reply.Won) _outcome = verdict.End is { } end ? JobMetrics.WordOf(end) : JobMetrics.WordOf(verdict.PutBack);
                else Log.JobLost(tools.Log, run.JobId, run.Fence, reply.Status);
                return keyDelay;
            }
            catch (Exception e)
            {
                if (tools.Time.GetElapsedTime(begunAt) > s_tellPatience) throw;
                Log.JobNotTold(tools.Log, run.JobId, e);
            }

            await Task.Delay(s_repeatPause, tools.Time);
        }
    }

    private Task<JobEndReply> TellOnceAsync(JobRun run, JobVerdict verdict, TimeSpan keyDelay)
    {
        if (verdict.End is { } status)
            return job.End(new JobEnd { Fence = run.Fence, Status = status, Outcome = verdict.Outcome, Error = verdict.Error });
        var delay = verdict.PutBack == JobPutBackReason.Lost ? tools.Options.LostDelay : keyDelay;
        return job.PutBack(new JobPutBack
        {
            Fence = run.Fence,
            Reason = verdict.PutBack,
            DelayMs = (long)delay.TotalMilliseconds,
            KeyDelayMs = (long)keyDelay.TotalMilliseconds,
            Refusal = verdict.Outcome,
            Error = verdict.Error,
        });
    }

    private async Task<JobStartReply> StartAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await job.Start(new JobStart { Owner = tools.Owner, Fence = handout.Fence });
            }
            catch (Exception e) when (tries < StartTriesMax && !_stopped.Task.IsCompleted)
            {
                Log.JobNotTold(tools.Log, handout.JobId, e);
            }

            await Task.Delay(s_repeatPause, tools.Time);
        }
    }

    private static async Task ForgetAsync(Task<ChatResult> call)
    {
        await ((Task)call).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (call.IsCompletedSuccessfully && await call is ChatBody body) body.Dispose();
    }
}
