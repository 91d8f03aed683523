namespace Bifrost.Keys.Contracts;

/// <summary>The shared windows of one account; a window of null does not bind.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.AccountStatus")]
public sealed record AccountStatus
{
    [Id(0)] public WindowStatus? Requests { get; init; }
    [Id(1)] public WindowStatus? Tokens { get; init; }

    /// <summary>Slices that are spent or whose calls run.</summary>
    [Id(2)] public int SlicesOut { get; init; }
}

/// <summary>One window: requests or tokens.</summary>
[GenerateSerializer, Immutable, Alias("bifrost.WindowStatus")]
public sealed record WindowStatus
{
    [Id(0)] public required long Limit { get; init; }

    /// <summary>Used for certain, as reported by holders.</summary>
    [Id(1)] public required long Used { get; init; }

    /// <summary>In the hands of holders: not spent yet, held by running calls, or not reported yet.</summary>
    [Id(2)] public required long Held { get; init; }

    /// <summary>Milliseconds until the window begins anew.</summary>
    [Id(3)] public required long ResetMs { get; init; }

    /// <summary>The period as configurations write it, for example <c>1m</c>.</summary>
    [Id(4)] public required string Period { get; init; }
}
