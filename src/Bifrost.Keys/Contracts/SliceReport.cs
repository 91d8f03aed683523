namespace Bifrost.Keys.Contracts;

/// <summary>
/// What became of a slice that its holder spends no more. The numbers are totals, not differences, so that a report may be repeated,
/// and one that was lost is made up for by the next.
/// </summary>
[GenerateSerializer, Immutable, Alias("bifrost.SliceReport")]
public sealed record SliceReport
{
    [Id(0)] public required Guid SliceId { get; init; }

    /// <summary>Grows with every report of the slice: an older one that comes late changes nothing.</summary>
    [Id(1)] public required int Sequence { get; init; }

    /// <summary>Requests made.</summary>
    [Id(2)] public required long Requests { get; init; }

    /// <summary>Tokens used by calls that ended.</summary>
    [Id(3)] public required long TokensUsed { get; init; }

    /// <summary>Tokens held by calls that run.</summary>
    [Id(4)] public required long TokensHeld { get; init; }

    /// <summary>True when no call of the slice runs any more: no other report will follow.</summary>
    [Id(5)] public required bool Last { get; init; }
}

/// <summary>Reports of one holder's slices.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.SliceReturn")]
public sealed record SliceReturn
{
    [Id(0)] public required ImmutableArray<SliceReport> Reports { get; init; }
}
