using Bifrost.Jobs.Contracts;

namespace Bifrost.Simulation.Jobs;

internal sealed partial class JobWorld
{
    /// <summary>How late a command may still arrive.</summary>
    public const int LateMsMax = 20_000;

    private const int JumpMsMax = 45_000;
    private const int TtlSecondsMin = 90;
    private const int TtlSecondsMax = 150;

    /// <summary>Leases, pauses, late commands and a store's clock that went back; then every job has ended.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(5);

    /// <summary>Where a key's jobs wait until ended ones are deleted.</summary>
    private static readonly TimeSpan EndsWithinWhereFull = TimeSpan.FromMinutes(20);

    private async Task ScenarioAsync()
    {
        for (var i = 0; i < 3; i++) AddSilo();
        Observe(ChangeWeatherAsync());
        Observe(OperateAsync());
        var jobs = Random.Next(10, 40);
        for (var i = 0; i < jobs; i++)
        {
            Observe(ClientAsync(Pick(SimCatalog.Keys)));
            if (Random.Next(2) == 0) await Task.Delay(Ms(1, 4_000), Clock);
        }

        await Task.Delay(Ms(30_000, 120_000), Clock);
        Trouble = false;
        _crashChance = 0;
        foreach (var silo in _silos) (silo.Weather, silo.CutOff) = (Weather.Calm, false);
        await Task.Delay(TimeSpan.FromMilliseconds(LateMsMax), Clock);
        var end = Clock.GetUtcNow() + (Options.KeptBytesPerKeyMax == long.MaxValue ? EndsWithin : EndsWithinWhereFull);
        while (Rows.Values.FirstOrDefault(row => !row.IsEnded) is { } open)
        {
            Must(Clock.GetUtcNow() < end, $"job {open.Id} does not end: {open}");
            await Task.Delay(TimeSpan.FromSeconds(1), Clock);
        }

        await Task.Delay(TimeSpan.FromSeconds(TtlSecondsMax + 30) + TimeSpan.FromMilliseconds(2 * JumpMsMax), Clock);
        CheckQuiet();
        var quietAt = Clock.GetUtcNow();
        foreach (var silo in _silos.ToArray()) await silo.StopAsync();
        Must(Clock.GetUtcNow() == quietAt, "a silo that had nothing to do any more stopped late");
    }

    private Guid? FullAt(string key)
    {
        Must(Database.Rows.KeptBytes(key) > 0, $"key {key} keeps nothing and was told that it keeps too much");
        Refused++;
        return null;
    }

    private async Task ChangeWeatherAsync()
    {
        while (Trouble)
        {
            if (_silos.Count > 0) Pick(_silos).Weather = (Weather)Random.Next(4);
            await Task.Delay(Ms(100, 8_000), Clock);
        }
    }

    /// <summary>Silos are killed, stopped and cut off, jobs retried, and the store's clock jumps.</summary>
    private async Task OperateAsync()
    {
        while (true)
        {
            await Task.Delay(Ms(100, 6_000), Clock);
            if (!Trouble) return;
            switch (Random.Next(7))
            {
                case 0 when _silos.Count > 1:
                    Kill(Pick(_silos));
                    break;
                case 1 when _silos.Count > 1:
                    Observe(RestartAsync(Pick(_silos)));
                    break;
                case 4 when _silos.Count > 1:
                    Observe(CutOffAsync(Pick(_silos)));
                    break;
                case 2 when _jumps:
                    _storeClock.Jump(Ms(-JumpMsMax, JumpMsMax));
                    break;
                case 3 when Rows.Values.FirstOrDefault(row => row.IsEnded) is { } ended:
                    Observe(CallJobAsync(ended.Id, file => file.RetryAsync()));
                    break;
            }
        }
    }

    /// <summary>Long enough to lose its leases, and to be heard again.</summary>
    private async Task CutOffAsync(JobSilo silo)
    {
        silo.CutOff = true;
        await Task.Delay(Ms(20_000, 70_000), Clock);
        silo.CutOff = false;
    }

    private async Task RestartAsync(JobSilo silo)
    {
        _silos.Remove(silo);
        AddSilo();
        await silo.StopAsync();
    }

    /// <summary>Submits until it is heard, then polls now and then, and sometimes cancels.</summary>
    private async Task ClientAsync(string key)
    {
        var submission = TestJobs.Submission(
            key, NewId(), Random.Next(4) == 0 ? "once " + NewId() : null, SimCatalog.Body, Random.Next(TtlSecondsMin, TtlSecondsMax + 1));
        if (await SubmitAsync(submission) is not { } jobId) return;
        Must(_born.Contains(jobId), $"job {jobId} was accepted and is nowhere");
        if (submission.IdempotencyKey is not null && await SubmitAsync(submission with { JobId = NewId() }) is { } again)
            Must(again == jobId, $"job {jobId} was submitted again and became another");

        var cancelAt = Random.Next(4) == 0 ? Random.Next(8) : -1;
        for (var polls = 0; polls < 40; polls++)
        {
            await Task.Delay(Ms(0, Random.Next(4) == 0 ? 20_000 : 2_000), Clock);
            await AskAsync(jobId, key, cancels: polls == cancelAt);
        }
    }

    private async Task AskAsync(Guid jobId, string key, bool cancels)
    {
        var sentAt = Clock.GetUtcNow();
        try
        {
            // A row that an admin has made new meanwhile is not what was read.
            var view = await CallJobAsync(jobId, async file =>
            {
                if (cancels) await file.CancelAsync(key);
                return await file.PollAsync(new JobPoll { VirtualKeyId = key });
            });
            CheckView(jobId, view, sentAt);
        }
        catch (Exception e) when (IsNoAnswer(e))
        {
            // The client asks again later.
        }
    }

    /// <summary>Null: the key's ended jobs keep as much as they may.</summary>
    private async Task<Guid?> SubmitAsync(JobSubmission submission)
    {
        while (true)
        {
            try
            {
                return await CallJobAsync(submission.JobId, file => file.SubmitAsync(submission)) switch
                {
                    Bifrost.Jobs.Store.JobAccepted accepted => accepted.Row.Id,
                    Bifrost.Jobs.Store.JobSame same => same.JobId,
                    Bifrost.Jobs.Store.JobQueueFull { Limit: Bifrost.Jobs.Store.JobQueueLimit.KeptBytes } => FullAt(submission.VirtualKeyId),
                    var other => throw new JobBrokenException($"a submission came to {other}"),
                };
            }
            catch (Exception e) when (IsNoAnswer(e))
            {
                await Task.Delay(Ms(1, 1_000), Clock);
            }
        }
    }
}
