namespace Bifrost.Server.Silo;

/// <summary>
/// Repeats calls between grains that Orleans turned away: their silo leaves, or it died and its grains begin anew elsewhere. Every call that changes
/// something carries an id and is safe to repeat. What got no answer in time is left to its caller. Orleans' own calls, to a silo's directory
/// or its probes, go to one silo and not to a grain: repeated, they would ask a dead silo until the limit.
/// </summary>
internal sealed class RejectedCalls : IOutgoingGrainCallFilter
{
    /// <summary>Longer than it takes until a dead silo is known to be dead.</summary>
    internal static readonly TimeSpan LimitOfAll = TimeSpan.FromSeconds(28);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMilliseconds(400);

    private readonly TimeProvider _time = TimeProvider.System;

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.TargetId.Type.IsSystemTarget())
        {
            await context.Invoke();
            return;
        }

        var begunAt = _time.GetTimestamp();
        for (var pause = s_firstPause; ; pause = pause < s_longestPause ? pause * 2 : pause)
        {
            try
            {
                await context.Invoke();
                return;
            }
            catch (OrleansMessageRejectionException) when (_time.GetElapsedTime(begunAt) < LimitOfAll)
            {
                // Nothing of it was done, or its outcome is unknown and it may be done again.
            }

            await Task.Delay(pause, _time);
        }
    }
}
