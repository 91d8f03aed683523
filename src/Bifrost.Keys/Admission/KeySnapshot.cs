using Bifrost.Keys.Limits;
using Bifrost.Ledger.Windows;

namespace Bifrost.Keys.Admission;

/// <summary>What outlives an activation: window counts and what was learned of models. Lossy by design (ledger, rate limits).</summary>
public sealed record KeySnapshot(ImmutableArray<WindowCount> Windows, ImmutableArray<KeyValuePair<string, LearnedModel>> Models)
{
    internal static KeySnapshot Of(RateLimiter limiter, LearnedModels models)
    {
        var windows = ImmutableArray.CreateBuilder<WindowCount>();
        foreach (var (scope, owner) in limiter.Scopes)
        {
            windows.Add(new WindowCount(scope, OfTokens: false, owner.Requests.Period, owner.Requests.Start, owner.Requests.Used));
            windows.Add(new WindowCount(scope, OfTokens: true, owner.Tokens.Period, owner.Tokens.Start, owner.Tokens.Used));
        }

        return new KeySnapshot(windows.DrainToImmutable(), [.. models.All]);
    }

    internal void MergeInto(RateLimiter limiter, LearnedModels models)
    {
        foreach (var count in Windows)
        {
            var owner = limiter.Scope(count.Scope);
            (count.OfTokens ? owner.Tokens : owner.Requests).Merge(count.Period, count.Start, count.Used);
        }

        foreach (var (model, learned) in Models) models.Merge(model, learned);
    }
}

/// <summary>One window's count.</summary>
/// <param name="Scope">Empty for the key itself, else the provider of its config.</param>
/// <param name="OfTokens">Tokens, not requests.</param>
/// <param name="Period">The window's period.</param>
/// <param name="Start">Start of the window that was counted in.</param>
/// <param name="Used">What was counted.</param>
public sealed record WindowCount(string Scope, bool OfTokens, WindowPeriod Period, DateTimeOffset Start, long Used);
