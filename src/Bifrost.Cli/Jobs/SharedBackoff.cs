namespace Bifrost.Cli.Jobs;

/// <summary>
/// Pauses that all requests of one kind share: a Retry-After of the server holds for all of them. Gives up when nothing has succeeded
/// for too long; a server that is busy and says so is no failure. Safe for several threads.
/// </summary>
internal sealed class SharedBackoff(TimeSpan limit, TimeProvider time, Random random)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_asked = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();

    // All under _gate.
    private long _goodAt = time.GetTimestamp();
    private long _restFrom = time.GetTimestamp();
    private TimeSpan _rest;
    private int _failures;

    /// <summary>True: nothing has succeeded for as long as allowed.</summary>
    public bool IsOver
    {
        get
        {
            lock (_gate) return _failures > 0 && time.GetElapsedTime(_goodAt) >= limit;
        }
    }

    public void Succeeded()
    {
        lock (_gate) (_goodAt, _failures) = (time.GetTimestamp(), 0);
    }

    /// <summary>Something came to nothing that may succeed later.</summary>
    public void Failed(ApiAnswer answer)
    {
        lock (_gate)
        {
            if (answer.Status == 429) _goodAt = time.GetTimestamp();

            // Those that were under way together fail together; that is one failure.
            var left = _rest - time.GetElapsedTime(_restFrom);
            if (left > TimeSpan.Zero && answer.RetryAfter is null) return;
            var own = s_first * Math.Pow(2, Math.Min(_failures++, 10));
            own = (own < s_longest ? own : s_longest) * (0.8 + (0.4 * random.NextDouble()));
            var wanted = answer.RetryAfter is { } asked ? (asked < s_asked ? asked : s_asked) : own;
            if (wanted > left) (_rest, _restFrom) = (wanted, time.GetTimestamp());
        }
    }

    /// <summary>Waits out the pause, if there is one.</summary>
    public async Task RestAsync(CancellationToken cancel)
    {
        while (true)
        {
            TimeSpan left;
            lock (_gate) left = _rest - time.GetElapsedTime(_restFrom);
            if (left <= TimeSpan.Zero) return;
            await Task.Delay(left, time, cancel);
        }
    }
}
