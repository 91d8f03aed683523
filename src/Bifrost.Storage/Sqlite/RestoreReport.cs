namespace Bifrost.Storage.Sqlite;

/// <summary>What a copy of a store does not know of what happened after it was made. Money is nano-dollars.</summary>
public sealed record RestoreReport
{
    /// <summary>False: the present database cannot be read, so nothing below is known.</summary>
    public bool IsComparable { get; init; }

    /// <summary>The time of the newest change that the copy knows: an entry, an audit line or a job; null: it has none.</summary>
    public DateTimeOffset? Newest { get; init; }

    public long Entries { get; init; }
    public long CostNanos { get; init; }

    /// <summary>Virtual keys that were made since: they are unknown again.</summary>
    public ImmutableArray<string> KeysMade { get; init; } = [];

    /// <summary>Virtual keys that were deleted or switched off since: they open again.</summary>
    public ImmutableArray<string> KeysRevoked { get; init; } = [];

    /// <summary>Virtual keys of which a secret was taken away since: it opens again.</summary>
    public ImmutableArray<string> KeysRotated { get; init; } = [];

    /// <summary>Admin tokens that were deleted since: they open again.</summary>
    public ImmutableArray<string> TokensRevoked { get; init; } = [];

    /// <summary>Keys, owners, limits, prices, tokens and endpoints that were made, changed or deleted since, those above among them.</summary>
    public long ObjectsChanged { get; init; }

    /// <summary>Jobs that were accepted since: they are lost.</summary>
    public long JobsLost { get; init; }

    /// <summary>Jobs that have ended since: they run again.</summary>
    public long JobsRunAgain { get; init; }

    /// <summary>Where the database that was replaced stands; null: there was none, or nothing was replaced.</summary>
    public string? Aside { get; init; }
}
