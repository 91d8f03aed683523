using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>One try as its key's activation knows it. All fields belong to the activation's turn.</summary>
internal sealed class KeyAttempt(Guid id, DateTimeOffset begunAt)
{
    public Guid Id { get; } = id;
    public DateTimeOffset BegunAt { get; } = begunAt;

    /// <summary>The answer under way or given; a repeated admission waits for it too. Null for a settlement that came first.</summary>
    public Task<AdmitReply>? Reply { get; set; }

    /// <summary>True from admission until the end: it counts as in flight and holds tokens.</summary>
    public bool Running { get; set; }

    /// <summary>True once it was settled, given up as lost, or tombstoned by a settlement that came before its admission was done.</summary>
    public bool Ended { get; set; }

    /// <summary>Its neighbours in the memory's list of those that have not ended.</summary>
    public KeyAttempt? Older { get; set; }

    public KeyAttempt? Newer { get; set; }

    public long HeldTokens { get; set; }

    /// <summary>Windows that it counts in, with the eras of its admission; null where none binds.</summary>
    public CountedIn? Key { get; set; }

    public CountedIn? Config { get; set; }

    /// <summary>What it holds of shared windows; null when nothing.</summary>
    public List<SliceUse>? Shared { get; set; }
}

/// <summary>The windows of one owner that an attempt was counted in.</summary>
internal sealed record CountedIn(RateWindows Windows, int RequestsEra, int TokensEra)
{
    public CountedIn(RateWindows windows) : this(windows, windows.Requests.Era, windows.Tokens.Era) { }
}
