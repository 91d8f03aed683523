using Bifrost.Chat.Usage;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Accounting;

/// <summary>What the usage of one try can be, in tokens.</summary>
/// <param name="Bound">The most that the try was admitted with; zeros: not known.</param>
/// <param name="PromptMax">The most that is physically possible: the model's window, else 16 times the bound or a million.</param>
/// <param name="OutputMax">Of all choices together: the model's ceiling, else its window, for each choice, else 16 times the bound or a million.</param>
/// <param name="SearchesMax">Searches that one call can make.</param>
internal readonly record struct UsageBounds(TokenUsage Bound, long PromptMax, long OutputMax, long SearchesMax)
{
    /// <summary>How many times a bound may be passed where the model's own limits are not known.</summary>
    private const int BeyondBound = 16;

    /// <summary>Tokens that the largest models take or write in one call.</summary>
    private const long LargestKnown = 1_000_000;

    /// <summary>Searches that a call may make whose bound names none: some providers search unasked.</summary>
    private const int SearchesUnasked = 64;

    public static UsageBounds Of(Ticket ticket, ModelPrice? model)
    {
        var bound = BoundOf(ticket);
        var ceiling = model?.OutputTokensMax ?? model?.PromptTokensMax;
        return new UsageBounds(
            bound,
            Most(bound.PromptTokens, model?.PromptTokensMax),
            Most(bound.CompletionTokens, ceiling * Math.Max(1, ticket.Choices)),
            Math.Max(SearchesUnasked, bound.SearchQueries * BeyondBound));
    }

    /// <summary>What the hold covers. A ticket that names no bound rests on its estimate.</summary>
    public static TokenUsage BoundOf(Ticket ticket) => ticket.Bound.TotalTokens > 0 ? ticket.Bound : ticket.Estimate;

    /// <summary>A bound that is above what the model's data says wins: it was worked out for this very call.</summary>
    private static long Most(long bound, long? physical)
    {
        if (bound == 0 && physical is null) return UsageTold.CountMax;
        return Math.Min(UsageTold.CountMax, Math.Max(bound, physical ?? Math.Max(bound * BeyondBound, LargestKnown)));
    }
}
