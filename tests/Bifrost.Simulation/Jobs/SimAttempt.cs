using Bifrost.Jobs.Contracts;

namespace Bifrost.Simulation.Jobs;

/// <summary>Why a run is to stop before its answer is there.</summary>
internal enum SimStop
{
    Cancel,
    LeaseLost,
    Drain,
}

/// <summary>
/// One run of one job, by the protocol of the server's <c>JobAttempt</c> and <c>JobRenewal</c>: start, renew, post, end or put back. Those
/// themselves cancel on the thread pool, so they would not repeat here.
/// </summary>
internal sealed class SimAttempt(JobWorld world, JobSilo silo, JobHandout handout)
{
    private static readonly TimeSpan s_repeatPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_tellPatience = TimeSpan.FromMinutes(10);

    private readonly TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SimStop? _stop;
    private bool _over;

    public void Stop(SimStop reason)
    {
        _stop ??= reason;
        _news.TrySetResult();
    }

    /// <summary>Completes when the job is ended, put back or another's; answers how long its key is to back off.</summary>
    public async Task<TimeSpan> RunAsync()
    {
        var sentAt = world.Clock.GetUtcNow();
        var start = await StartAsync();
        silo.Live();
        if (start.Run is not { } run) return start.KeyBusy ? s_repeatPause : TimeSpan.Zero;
        world.Runs++;
        world.Observe(KeepAsync(run, sentAt));
        try
        {
            return await WorkAsync(run);
        }
        finally
        {
            _over = true;
        }
    }

    private async Task<JobStartReply> StartAsync()
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await AskAsync(file => file.StartAsync(new JobStart { Owner = silo.Owner, Fence = handout.Fence }));
            }
            catch (Exception e) when (JobWorld.IsNoAnswer(e) && tries < 3 && _stop is null)
            {
                // The lease may be ours already: asked again.
            }

            await Task.Delay(s_repeatPause, world.Clock);
            silo.Live();
        }
    }

    private async Task KeepAsync(JobRun run, DateTimeOffset confirmedAt)
    {
        var leaseFor = TimeSpan.FromMilliseconds(run.LeaseMs);
        var pause = world.Options.RenewEvery;
        while (true)
        {
            if (Left() is var wait && wait > TimeSpan.Zero) await Task.Delay(pause < wait ? pause : wait, world.Clock);
            silo.Live();
            if (_over) return;
            if (Left() <= TimeSpan.Zero && world.Flaw != JobFlaw.RunsOnWithoutLease)
            {
                Stop(SimStop.LeaseLost);
                return;
            }

            var sentAt = world.Clock.GetUtcNow();
            try
            {
                var limit = world.Flaw == JobFlaw.RunsOnWithoutLease ? s_tellPatience : Left();
                var reply = await world.WithinAsync(AskAsync(file => file.RenewAsync(run.Fence)), limit);
                if (!reply.Held)
                {
                    Stop(SimStop.LeaseLost);
                    return;
                }

                (confirmedAt, leaseFor, pause) = (sentAt, TimeSpan.FromMilliseconds(reply.LeaseMs), world.Options.RenewEvery);
                if (reply.CancelRequested) Stop(SimStop.Cancel);
            }
            catch (Exception e) when (JobWorld.IsNoAnswer(e))
            {
                pause = s_repeatPause;
            }

            // With the flaw, time would stand still where nothing is left.
            if (world.Flaw == JobFlaw.RunsOnWithoutLease) await Task.Delay(s_repeatPause, world.Clock);
        }

        TimeSpan Left() => leaseFor - world.Options.LeaseMargin - (world.Clock.GetUtcNow() - confirmedAt);
    }

    private async Task<TimeSpan> WorkAsync(JobRun run)
    {
        if (_stop is { } early) return await StoppedAsync(run, early);
        var dice = world.Trouble ? world.Random.Next(100) : 0;
        if (dice >= 85)
        {
            // Refused by credit or a window, before any call.
            await Task.Delay(world.Ms(0, 100), world.Clock);
            silo.Live();
            return await PutBackAsync(run, JobPutBackReason.Wait, world.Ms(500, 6_000));
        }

        var call = new SimCall { AttemptId = world.NewId(), JobId = run.JobId, Fence = run.Fence, Silo = silo };
        world.Calls.Add(call);
        world.Observe(CallAsync(call));
        await _news.Task;
        silo.Live();
        if (!call.Answered)
        {
            call.Aborted = true;
            return await StoppedAsync(run, _stop!.Value);
        }

        var posting = PostAsync(call);
        world.Observe(posting);
        if (dice >= 75) return await PutBackAsync(run, JobPutBackReason.Lost, TimeSpan.Zero);
        if (world.Flaw != JobFlaw.CompletesBeforePost) await posting;
        silo.Live();
        var status = dice >= 65 ? JobStatus.Failed : JobStatus.Completed;
        return await EndAsync(run, new JobEnd
        {
            Fence = run.Fence,
            Status = status,
            Outcome = new JobOutcome { StatusCode = status == JobStatus.Completed ? 200 : 400, Body = JobWorld.Answer(run.Fence) },
            Error = status == JobStatus.Completed ? null : "It would not.",
        });
    }

    private async Task CallAsync(SimCall call)
    {
        var max = !world.Trouble ? 3_000 : world.Random.Next(3) == 0 ? 120_000 : 10_000;
        await Task.Delay(world.Ms(0, max), world.Clock);
        silo.Live();
        if (call.Aborted)
        {
            // A late result: booked, and otherwise dropped.
            await PostAsync(call);
            return;
        }

        call.Answered = true;
        _news.TrySetResult();
    }

    private async Task PostAsync(SimCall call)
    {
        while (true)
        {
            try
            {
                await silo.Store.PassAsync(() => world.Book(call));
                return;
            }
            catch (Exception e) when (JobWorld.IsNoAnswer(e))
            {
                // Until it is durable.
            }

            silo.Live();
            await Task.Delay(world.Ms(10, 500), world.Clock);
        }
    }

    private Task<TimeSpan> StoppedAsync(JobRun run, SimStop reason) => reason switch
    {
        SimStop.Cancel => EndAsync(run, new JobEnd { Fence = run.Fence, Status = JobStatus.Cancelled }),
        SimStop.Drain => PutBackAsync(run, JobPutBackReason.Drain, TimeSpan.Zero),
        _ => Task.FromResult(TimeSpan.Zero),
    };

    private Task<TimeSpan> EndAsync(JobRun run, JobEnd end) => TellAsync(run, TimeSpan.Zero, file => file.EndAsync(end));

    private Task<TimeSpan> PutBackAsync(JobRun run, JobPutBackReason reason, TimeSpan keyDelay)
    {
        var delayMs = (long)(reason == JobPutBackReason.Lost ? world.Options.LostDelay : keyDelay).TotalMilliseconds;
        var putBack = new JobPutBack
        {
            Fence = run.Fence,
            Reason = reason,
            DelayMs = delayMs,
            KeyDelayMs = (long)keyDelay.TotalMilliseconds,
            Refusal = reason == JobPutBackReason.Drain ? null : new JobOutcome { StatusCode = 429, Body = JobWorld.Answer(run.Fence) },
            Error = reason == JobPutBackReason.Drain ? null : "Not now.",
        };
        return TellAsync(run, keyDelay, file => file.PutBackAsync(putBack));
    }

    private async Task<T> AskAsync<T>(Func<Bifrost.Jobs.Grains.JobFile, Task<T>> call)
    {
        if (silo.CutOff) throw new TimeoutException();
        var reply = await world.CallJobAsync(handout.JobId, call);
        return silo.CutOff ? throw new TimeoutException() : reply;
    }

    /// <summary>Says what came of the run until it was heard.</summary>
    private async Task<TimeSpan> TellAsync(JobRun run, TimeSpan keyDelay, Func<Bifrost.Jobs.Grains.JobFile, Task<JobEndReply>> tell)
    {
        var end = world.Clock.GetUtcNow() + s_tellPatience;
        while (true)
        {
            try
            {
                var reply = await AskAsync(tell);
                if (!reply.Won) world.Dropped++;
                return keyDelay;
            }
            catch (Exception e) when (JobWorld.IsNoAnswer(e) && world.Clock.GetUtcNow() < end)
            {
                // Once more.
            }

            silo.Live();
            await Task.Delay(s_repeatPause, world.Clock);
        }
    }
}
