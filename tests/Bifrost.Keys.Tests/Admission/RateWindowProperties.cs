using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using FsCheck;
using FsCheck.Fluent;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>Random calls, ends and times: no window ever admits more than its limit, and nothing stays held.</summary>
public class RateWindowProperties
{
    [Fact]
    public void No_window_admits_more_than_its_limit_and_every_hold_ends() =>
        Prop.ForAll<int>(Run).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static void Run(int seed)
    {
        // Nothing here waits, so the run is over when it returns.
        var run = RunAsync(seed);
        if (run.Exception is { } failed) throw failed;
        Assert.True(run.IsCompletedSuccessfully);
    }

    private static async Task RunAsync(int seed)
    {
        var random = new Random(seed);
        var rig = new KeyRig();
        var (requestsMax, tokensMax) = (random.Next(1, 8), random.Next(300, 3_000));
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requestsMax, tokensMax) };
        List<(Ticket Ticket, DateTimeOffset Window)> running = [];
        Dictionary<DateTimeOffset, (long Requests, long Tokens, long Held)> windows = [];

        for (var step = 0; step < 200; step++)
        {
            var now = rig.Time.GetUtcNow();
            var window = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
            var (requests, tokens, held) = windows.GetValueOrDefault(window);
            switch (random.Next(3))
            {
                case 0:
                    var output = random.Next(1, 200);
                    var reply = await rig.Admission.AdmitAsync(rig.Request(outputTokensMax: output));
                    var want = KeyRig.PromptTokens + output;
                    var fits = requests < requestsMax && tokens + held + want <= tokensMax;
                    Assert.Equal(fits, reply.Ticket is not null);
                    if (reply.Ticket is not { } ticket) break;
                    windows[window] = (requests + 1, tokens, held + ticket.HeldTokens);
                    running.Add((ticket, window));
                    break;
                case 1 when running.Count > 0:
                    var (ended, its) = running[random.Next(running.Count)];
                    running.Remove((ended, its));
                    var used = random.Next(400);
                    var sent = random.Next(4) > 0;
                    await rig.SettleAsync(ended, sent ? used : 0, sent ? AttemptOutcome.Completed : AttemptOutcome.NotSent, estimated: true);
                    var counts = windows[its];
                    windows[its] = (counts.Requests - (sent ? 0 : 1), counts.Tokens + (sent ? used : 0), counts.Held - ended.HeldTokens);
                    break;
                default:
                    rig.Time.Advance(TimeSpan.FromSeconds(random.Next(25)));
                    break;
            }
        }

        foreach (var (ticket, _) in running) await rig.SettleAsync(ticket, 0, AttemptOutcome.Completed, estimated: true);
        var at = rig.Time.GetUtcNow();
        var last = windows.GetValueOrDefault(at.AddTicks(-(at.Ticks % TimeSpan.TicksPerMinute)));
        var status = rig.Admission.Status();
        Assert.Equal(0, status.CallsInFlight);
        Assert.Equal(Math.Max(0, tokensMax - last.Tokens), status.RateLimits!.RemainingTokens);
        Assert.Equal(requestsMax - last.Requests, status.RateLimits.RemainingRequests);
    }
}
