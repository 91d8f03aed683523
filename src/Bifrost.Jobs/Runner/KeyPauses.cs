using Bifrost.Jobs.Rules;

namespace Bifrost.Jobs.Runner;

/// <summary>
/// How long a key backs off when credit or a window is in its jobs' way: doubling from refusal to refusal, from the beginning once a job of
/// the key got through. Thread-safe.
/// </summary>
public sealed class KeyPauses(JobOptions options, TimeProvider time)
{
    /// <summary>Keys that are remembered; beyond it all begin anew.</summary>
    private const int KeysMax = 10_000;

    private readonly Lock _gate = new();

    // Under _gate.
    private readonly Dictionary<string, (TimeSpan Pause, long Since)> _pauses = new(StringComparer.Ordinal);

    /// <summary>The pause after a refusal; those that come while it lasts are of the same wave and do not double it.</summary>
    /// <param name="virtualKeyId">Whose.</param>
    /// <param name="retryAfterMs">What the refusal asked for.</param>
    public TimeSpan Refused(string virtualKeyId, long retryAfterMs)
    {
        var asked = TimeSpan.FromMilliseconds(Math.Clamp(retryAfterMs, 0, (long)options.KeyDelayMax.TotalMilliseconds));
        lock (_gate)
        {
            TimeSpan pause;
            if (_pauses.TryGetValue(virtualKeyId, out var last))
            {
                var left = last.Pause - time.GetElapsedTime(last.Since);
                if (left > TimeSpan.Zero) return left;
                pause = last.Pause * 2 < options.KeyDelayMax ? last.Pause * 2 : options.KeyDelayMax;
            }
            else
            {
                pause = options.KeyDelay;
                if (_pauses.Count >= KeysMax) _pauses.Clear();
            }

            if (asked > pause) pause = asked;
            _pauses[virtualKeyId] = (pause, time.GetTimestamp());
            return pause;
        }
    }

    public void GotThrough(string virtualKeyId)
    {
        lock (_gate) _pauses.Remove(virtualKeyId);
    }
}
