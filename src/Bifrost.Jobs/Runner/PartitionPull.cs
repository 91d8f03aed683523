namespace Bifrost.Jobs.Runner;

/// <summary>What the runner has to say to one partition, and to ask of it. Under the runner's lock.</summary>
internal sealed class PartitionPull(int number)
{
    private readonly HashSet<string> _nudges = new(StringComparer.Ordinal);

    public int Number { get; } = number;

    /// <summary>It may have work.</summary>
    public bool Wanted { get; set; }

    /// <summary>The number of its last asking; the smallest was asked longest ago.</summary>
    public long AskedAt { get; set; }

    /// <summary>A call is under way; there is one at a time.</summary>
    public bool Busy { get; private set; }

    public bool HasNudges => _nudges.Count > 0;

    public void Nudge(string virtualKeyId)
    {
        _nudges.Add(virtualKeyId);
        Wanted = true;
    }

    public IReadOnlyList<string> Begin(bool asks)
    {
        if (asks) Wanted = false;
        Busy = true;
        var nudges = _nudges.ToArray();
        _nudges.Clear();
        return nudges;
    }

    public void End(bool more)
    {
        Busy = false;
        Wanted |= more;
    }
}
