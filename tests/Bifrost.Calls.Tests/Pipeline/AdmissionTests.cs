using Bifrost.Calls.Pipeline;

namespace Bifrost.Calls.Tests.Pipeline;

public class AdmissionTests
{
    /// <summary>A rolling restart answered a client 503 "The virtual key's grain is leaving this server".</summary>
    [Fact]
    public async Task A_call_that_meets_a_leaving_grain_is_admitted_where_the_grain_begins_anew()
    {
        await using var rig = new PipelineRig();
        rig.Key.Leaving = 2;
        rig.P.ThenJson(Replies.Completion);

        var answer = rig.RunAsync();
        for (var i = 0; i < 2; i++) rig.Time.Advance(TimeSpan.FromMilliseconds(25));

        Json.OfBody(await answer);

        // What the leaving grain had held may have its entry already, so each question is about an attempt of its own.
        Assert.Equal(3, rig.Key.Admits.Select(asked => asked.AttemptId).Distinct().Count());
        Assert.Equal(rig.Key.Admits[2].AttemptId, rig.OnlySettlement.Ticket.AttemptId);
    }

    [Fact]
    public async Task A_grain_that_never_gets_away_is_asked_no_longer_than_an_admission_may_take()
    {
        await using var rig = new PipelineRig { Options = new PipelineOptions { AdmissionTimeoutMs = 60 } };
        rig.Key.Leaving = int.MaxValue;

        var answer = rig.RunAsync();
        for (var i = 0; i < 3; i++) rig.Time.Advance(TimeSpan.FromMilliseconds(25));

        Assert.Equal(503, Assert.IsType<ChatFailure>(await answer).Error.Status);
        Assert.Equal(3, rig.Key.Admits.Count);
    }

    /// <summary>A silo without the store began the grain of a key; the calls of healthy silos for that key were answered 503 request_dropped.</summary>
    [Fact]
    public async Task A_grain_that_could_not_begin_is_asked_again_where_it_can()
    {
        await using var rig = new PipelineRig();
        rig.Key.OnAdmit = _ =>
        {
            if (rig.Key.Admits.Count == 1) throw new IOException("no state");
        };
        rig.P.ThenJson(Replies.Completion);

        var answer = rig.RunAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(25));

        Json.OfBody(await answer);
        Assert.Equal(rig.Key.Admits[0].AttemptId, rig.Key.Admits[1].AttemptId);
    }
}
