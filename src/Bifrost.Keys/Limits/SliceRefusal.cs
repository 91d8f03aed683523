using Bifrost.Keys.Contracts;

namespace Bifrost.Keys.Limits;

/// <summary>A refusal that is remembered for a moment, so that a crowd of refused calls asks an account once.</summary>
/// <param name="Until">End of the memory, monotonic.</param>
/// <param name="Tokens">What the refused call needed.</param>
/// <param name="Full">The windows as the account told them; null: it could not be reached.</param>
internal sealed record SliceRefusal(TimeSpan Until, long Tokens, AccountStatus? Full)
{
    /// <summary>Whether a call of so many tokens would be refused as well.</summary>
    public bool Covers(long tokens, TimeSpan now) =>
        now < Until && (Full is null || tokens >= Tokens || Full.Requests is { } requests && requests.Used + requests.Held >= requests.Limit);
}
