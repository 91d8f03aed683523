namespace Bifrost.Jobs.Store;

/// <summary>Which due jobs are wanted.</summary>
public sealed record JobDueQuery
{
    public required int Partition { get; init; }

    /// <summary>Keys beyond this one; null: from the first.</summary>
    public string? AfterKey { get; init; }

    /// <summary>Only this key; <see cref="AfterKey"/> is not looked at. Null: any.</summary>
    public string? OnlyKey { get; init; }

    public required int KeysMax { get; init; }
    public required int JobsPerKeyMax { get; init; }
}

/// <summary>Due jobs, key by key.</summary>
public sealed record JobWindow
{
    public required ImmutableArray<DueJob> Jobs { get; init; }

    /// <summary>Where the next window begins; null: this one reached the last key.</summary>
    public string? NextAfterKey { get; init; }

    /// <summary>
    /// When the first of the visited keys that had nothing due will have: the end of its pause or of its first job's. Null: none waits.
    /// Counted from the answer.
    /// </summary>
    public TimeSpan? NextDueIn { get; init; }
}

/// <summary>A pending job whose time has come.</summary>
public readonly record struct DueJob(Guid JobId, string VirtualKeyId, long Fence);
