using Bifrost.Calls.Pipeline;
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
/// <param name="sentAt">When the call was sent: the prices of that moment hold.</param>
internal sealed class AnsweredPrice(CatalogSnapshot catalog, string provider, string model, string? serviceTier, bool knowsTiers, DateTimeOffset sentAt)
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
        foreach (var model in names.Models)
        {
            if (catalog.PriceOf(provider, model, sentAt) is not { } answered) continue;
            if (names.ServiceTiers.Count == 0) cost = Dearer(cost, Of(answered.Tier(serviceTier) ?? answered, usage));
            foreach (var tier in names.ServiceTiers) cost = Dearer(cost, Of(answered.Tier(tier) ?? answered, usage));
        }

        return cost;
    }

    private static Cost? Of(ModelPrice? price, TokenUsage usage) => price is null ? null : CostCalculator.Cost(price, usage);

    private static Cost? Dearer(Cost? one, Cost? other) => other?.TotalNanos > (one?.TotalNanos ?? -1) ? other : one;
}
