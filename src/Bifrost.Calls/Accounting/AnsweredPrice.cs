using Bifrost.Catalog.Model;
using Bifrost.Chat.Usage;
using Bifrost.Ledger.Money;

namespace Bifrost.Calls.Accounting;

/// <summary>
/// The price of an answer: that of the model and tier asked for, or of those that the answer names where they are priced and dearer for its
/// usage. A provider that names a cheaper tier or model is believed on its invoice, not here.
/// </summary>
/// <param name="catalog">The prices.</param>
/// <param name="provider">The provider.</param>
/// <param name="model">The model asked for, by the provider's name.</param>
/// <param name="serviceTier">The tier asked for; null: none.</param>
/// <param name="knowsTiers">Whether the provider knows the field: one that does not may run the standard tier whatever was asked.</param>
/// <param name="isTierOpen">Whether the provider may have chosen any tier; one that its answer does not name is taken as the dearest.</param>
/// <param name="sentAt">When the call was sent: the prices of that moment hold.</param>
internal sealed class AnsweredPrice(
    CatalogSnapshot catalog, string provider, string model, string? serviceTier, bool knowsTiers, bool isTierOpen, DateTimeOffset sentAt)
{
    private readonly ModelPrice? _asked = catalog.PriceOf(provider, model, sentAt);

    /// <summary>Prices and facts of the model asked for; null when it has none.</summary>
    public ModelPrice? Model => _asked;

    /// <summary>What a usage costs; null when neither the model asked for nor the one that answered has a price.</summary>
    /// <param name="usage">The tokens.</param>
    /// <param name="names">The models and tiers that the answer names.</param>
    public Cost? Of(TokenUsage usage, in AnsweredNames names = default)
    {
        var cost = _asked is null ? null : Of(_asked.Tier(serviceTier) ?? _asked, usage);
        if (!knowsTiers) cost = Dearer(cost, Of(_asked, usage));
        foreach (var tier in names.ServiceTiers) cost = Dearer(cost, Of(_asked?.Tier(tier), usage));
        cost = Dearer(cost, OfUntoldTier(_asked, usage, names));
        foreach (var name in names.Models)
        {
            if (catalog.PriceOf(provider, name, sentAt) is not { } answered) continue;
            if (names.ServiceTiers.IsEmpty) cost = Dearer(cost, Of(answered.Tier(serviceTier) ?? answered, usage));
            foreach (var tier in names.ServiceTiers) cost = Dearer(cost, Of(answered.Tier(tier) ?? answered, usage));
            cost = Dearer(cost, OfUntoldTier(answered, usage, names));
        }

        return cost;
    }

    /// <summary>
    /// The most that a usage can cost, in nano-dollars, of which it is not known of what kinds its tokens are: a prompt may have been written to a
    /// cache, output may be thinking, and there may have been searches.
    /// </summary>
    /// <param name="usage">The tokens.</param>
    /// <param name="promptIsTold">Whether the provider told of what kinds the prompt is.</param>
    /// <param name="outputIsTold">Whether it told of what kinds the output is.</param>
    /// <param name="names">The models and tiers that the answer names.</param>
    public long MostNanos(TokenUsage usage, bool promptIsTold, bool outputIsTold, AnsweredNames names)
    {
        var most = MostOfKinds(usage, promptIsTold, outputIsTold, names);
        if (promptIsTold || outputIsTold) return most;

        // Where a total was split, more of it may be prompt: at the price of a longer one, or written to a cache.
        Raise(usage.CompletionTokens);
        foreach (var tier in _asked?.Tiers ?? []) Raise(tier.AbovePromptTokens + 1 - usage.PromptTokens);
        return most;

        void Raise(long prompt)
        {
            if (prompt <= 0 || prompt > usage.CompletionTokens) return;
            var moved = usage with { PromptTokens = usage.PromptTokens + prompt, CompletionTokens = usage.CompletionTokens - prompt };
            most = Math.Max(most, MostOfKinds(moved, promptIsTold, outputIsTold, names));
        }
    }

    private long MostOfKinds(TokenUsage usage, bool promptIsTold, bool outputIsTold, AnsweredNames names)
    {
        var searched = outputIsTold ? usage : usage with
        {
            SearchQueries = Math.Max(usage.SearchQueries, BoundCalculator.SearchesMax),
            CitationTokens = Math.Max(usage.CitationTokens, usage.PromptTokens),
        };
        var most = Math.Max(Nanos(searched), Nanos(Thought(searched)));
        if (promptIsTold) return most;
        var written = searched with
        {
            CachedWriteTokens = usage.PromptTokens, CachedWriteLongTokens = usage.PromptTokens, CachedReadTokens = 0, PromptAudioTokens = 0,
        };
        return Math.Max(most, Math.Max(Nanos(written), Nanos(Thought(written))));

        TokenUsage Thought(TokenUsage of) => outputIsTold ? of : of with { ReasoningTokens = of.CompletionTokens, CompletionAudioTokens = 0 };
        long Nanos(TokenUsage of) => Of(of, names)?.TotalNanos ?? 0;
    }

    /// <summary>The cost in the dearest tier, where the provider chose one and its answer names none that is priced; else null.</summary>
    private Cost? OfUntoldTier(ModelPrice? price, TokenUsage usage, in AnsweredNames names)
    {
        if (!isTierOpen || price is null) return null;
        foreach (var tier in names.ServiceTiers)
            if (!BillingProfile.IsOpenTier(tier) && price.Tier(tier) is not null) return null;
        Cost? dearest = null;
        foreach (var tier in price.ServiceTiers) dearest = Dearer(dearest, Of(tier.Price, usage));
        return dearest;
    }

    private static Cost? Of(ModelPrice? price, TokenUsage usage) => price is null ? null : CostCalculator.Cost(price, usage);

    private static Cost? Dearer(Cost? one, Cost? other) => other?.TotalNanos > (one?.TotalNanos ?? -1) ? other : one;
}
