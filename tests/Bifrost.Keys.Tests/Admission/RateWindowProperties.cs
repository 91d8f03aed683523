using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using CsCheck;

namespace Bifrost.Keys.Tests.Admission;

/// <summary>Random calls, ends and times: no window ever admits more than its limit, and nothing stays held.</summary>
public class RateWindowProperties
{
    private static readonly Gen<Step[]> s_steps = Gen.Select(
        Gen.Int[0, 2], Gen.Int[1, 199], Gen.Int[0, 399], Gen.Int[0, 24], (kind, output, pick, seconds) => new Step(kind, output, pick, seconds)).Array[0, 400];

    [Fact]
    public void No_window_admits_more_than_its_limit_and_every_hold_ends() =>
        Gen.Select(Gen.Int[1, 7], Gen.Int[300, 2_999], s_steps).Sample(Run, iter: 300);

    private static void Run(int requestsMax, int tokensMax, Step[] steps)
    {
        // Nothing here waits, so the run is over when it returns.
        var run = RunAsync(requestsMax, tokensMax, steps);
        if (run.Exception is { } failed) throw failed;
        Assert.True(run.IsCompletedSuccessfully);
    }

    private static async Task RunAsync(int requestsMax, int tokensMax, Step[] steps)
    {
        var rig = new KeyRig();
        rig.Key = rig.Key with { RateLimit = KeyRig.PerMinute(requestsMax, tokensMax) };
        List<(Ticket Ticket, DateTimeOffset Window)> running = [];
        Dictionary<DateTimeOffset, (long Requests, long Tokens, long Held)> windows = [];

        foreach (var step in steps)
        {
            var now = rig.Time.GetUtcNow();
            var window = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMinute));
            var (requests, tokens, held) = windows.GetValueOrDefault(window);
            switch (step.Kind)
            {
                case 0:
                    var reply = await rig.Admission.AdmitAsync(rig.Request(outputTokensMax: step.Output));
                    var want = KeyRig.PromptTokens + step.Output;
                    var fits = requests < requestsMax && tokens + held + want <= tokensMax;
                    Assert.Equal(fits, reply.Ticket is not null);
                    if (reply.Ticket is not { } ticket) break;
                    windows[window] = (requests + 1, tokens, held + ticket.HeldTokens);
                    running.Add((ticket, window));
                    break;
                case 1 when running.Count > 0:
                    var (ended, its) = running[step.Pick % running.Count];
                    running.Remove((ended, its));
                    var used = step.Pick;
                    var sent = step.Output % 4 > 0;
                    await rig.SettleAsync(ended, sent ? used : 0, sent ? AttemptOutcome.Completed : AttemptOutcome.NotSent, estimated: true);
                    var counts = windows[its];
                    windows[its] = (counts.Requests - (sent ? 0 : 1), counts.Tokens + (sent ? used : 0), counts.Held - ended.HeldTokens);
                    break;
                default:
                    rig.Time.Advance(TimeSpan.FromSeconds(step.Seconds));
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
    /// <param name="Kind">0: a call, 1: the end of one, 2: time goes on.</param>
    /// <param name="Output">The output limit of a call; at an end, whether it was sent.</param>
    /// <param name="Pick">Which call ends, and what it used.</param>
    /// <param name="Seconds">How far time goes on.</param>
    private readonly record struct Step(int Kind, int Output, int Pick, int Seconds);
}
