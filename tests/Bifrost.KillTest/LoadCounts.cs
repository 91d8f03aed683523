namespace Bifrost.KillTest;

/// <summary>What the callers saw.</summary>
internal sealed class LoadCounts
{
    private readonly int[] _counts = new int[5];

    public int Answered => _counts[0];
    public int Refused => _counts[1];
    public int Failed => _counts[2];
    public int Left => _counts[3];
    public int Broken => _counts[4];

    public int Sent => Answered + Refused + Failed + Left + Broken;

    public void CountStatus(int status) => Interlocked.Increment(ref _counts[status switch { < 300 => 0, 402 or 429 => 1, _ => 2 }]);

    /// <summary>The caller itself went away in the middle.</summary>
    public void CountLeft() => Interlocked.Increment(ref _counts[3]);

    /// <summary>The connection broke, or none could be made: mostly the kill.</summary>
    public void CountBroken() => Interlocked.Increment(ref _counts[4]);

    public override string ToString() => $"{Sent} calls ({Answered} answered, {Refused} refused, {Failed} failed, {Left} left, {Broken} broken)";
}
