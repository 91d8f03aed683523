using Bifrost.Jobs.Store;

namespace Bifrost.Jobs.Grains;

/// <summary>What a partition knows of one key: its due jobs as they were read, and those that are handed out.</summary>
internal sealed class KeyLane(string virtualKeyId)
{
    public string VirtualKeyId { get; } = virtualKeyId;

    /// <summary>Due jobs, the oldest first.</summary>
    public Queue<DueJob> Due { get; } = [];

    /// <summary>Jobs that were handed out and not reported back, with when.</summary>
    public Dictionary<Guid, long> Out { get; } = [];

    /// <summary>Running jobs that this activation did not hand out, as of the last count.</summary>
    public int Foreign { get; set; }

    /// <summary>There may be due jobs beside those shown: they are worth a look once these are handed out.</summary>
    public bool MayHaveMore { get; set; }

    /// <summary>The key backs off until then; null: it does not.</summary>
    public TimeSpan? PausedUntil { get; set; }

    /// <summary>True while it stands in the round: it has due jobs and a place for one.</summary>
    public bool InRound { get; set; }

    public int Running => Out.Count + Foreign;

    public bool IsIdle => Due.Count == 0 && Out.Count == 0 && Foreign == 0 && PausedUntil is null;
}
