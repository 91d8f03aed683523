using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Bifrost.Keys.Bounds;
using Bifrost.Keys.Contracts;
using Bifrost.Keys.Limits;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Admission;

/// <summary>Works out what a call holds: the most that it can cost, and what it will likely use (docs/promises.md).</summary>
internal sealed class BoundPlanner(BrokenBounds brokenBounds, KeyLimits limits)
{
    /// <summary>The most bytes that a limit takes which a caller adds to a request.</summary>
    private const int LimitBytesMost = 48;

    /// <summary>The most tokens of those, as a tokenizer that is only alike may count them.</summary>
    private const int LimitTokensMost = 64;

    /// <summary>Bytes of <c>,"max_tokens":1</c>; the comma is none of what is counted as tokens.</summary>
    private const int LimitBytesLeast = 15;

    private const int LimitTokensLeast = 14;

    /// <summary>Fills in what a call of the plan's route holds; answers why it has no bound, where a budget wants one.</summary>
    public Refusal? Fill(ref CallPlan plan, AdmitRequest request, CatalogSnapshot snapshot, LearnedModel learned, DateTimeOffset now)
    {
        var route = plan.Route;
        var hasBudget = !route.Chain.IsEmpty;
        if (hasBudget && (FieldUnpriced(request, route) ?? Unbound(request, route)) is { } refusal) return refusal;
        var tier = TierOf(request, route);
        var until = now + limits.CallMax;
        var prices = ImmutableArray<ModelPrice>.Empty;
        if (route.Price is { } price)
        {
            var knowsTiers = route.Provider is { Billing.HasServiceTier: true };
            var isOpen = (route.Provider?.Billing ?? BillingProfile.Unknown).ChoosesTier(request.Content.ServiceTier);
            prices = isOpen ? AnyTierOf(price, now, until) : PricesOf(price, tier, now, until, knowsTiers);
            if (prices.IsEmpty && hasBudget) return KeyRefusals.TierUnpriced(request.Provider, request.Model, tier);
        }

        // What was kept by the name that a caller spelled, before it was kept by its price, holds on.
        var factor = Math.Max(brokenBounds.Of(route.PricedAs), brokenBounds.Of(route.Name));
        if (route.HoldsBound && factor > BrokenBound.ThousandthsMax) return KeyRefusals.BoundBroken(request.Provider, request.Model);
        var why = BoundCalculator.TryMake(
            new BoundQuery
            {
                Content = request.Content,
                Counted = request.Counted,
                OutputTokensAsked = request.OutputTokensMax,
                Choices = request.Choices,
                OutputTokensDefault = snapshot.Settings.OutputTokensDefault,
                Model = route.Price,
                Prices = prices,
                FactorThousandths = factor,
                RunsNoSearch = RunsNoSearch(request, route),
            },
            out var bound);
        if (why is not null && route.HoldsBound) return KeyRefusals.Unbounded(request.Provider, request.Model, why);
        if (why is not null)
        {
            bound = BoundCalculator.OfSizes(
                request.Content, request.OutputTokensMax, request.Choices, snapshot.Settings.OutputTokensDefault, prices);
        }

        var thinks = route.Price?.Thinks ?? false;
        var estimate = Estimate.Of(bound, request.Content.StringBytes, learned.Ratio, learned.Output.Comfort(thinks, request.Content.ThinkingTokens));
        plan = plan with
        {
            Estimate = estimate,
            ServiceTier = route.Provider is { Billing.HasServiceTier: true } && BillingProfile.IsOpenTier(request.Content.ServiceTier) ? tier : null,
            Steps = new HoldSteps
            {
                Bound = bound,
                IsBounded = why is null,
                EstimateNanos = route.HoldsBound ? null : estimate.Nanos,
                IsNamed = request.OutputTokensMax > 0 && request.OutputTokensMax < (route.Price?.OutputTokensMax ?? int.MaxValue),
                Clamp = request.Clamp ?? snapshot.Settings.Clamp,
                Learned = learned.Output,
                Thinks = thinks,
                ThinkingTokens = request.Content.ThinkingTokens,
            },
        };
        return null;
    }

    /// <summary>
    /// The refusal, with what would have fitted. A limit that the request does not name yet is counted with its own bytes: with the most that it can
    /// take where it is said to fit, and with the fewest before it is said that none does. One that it names gets shorter with its number.
    /// </summary>
    public Refusal Fitting(
        Refusal refusal, long fitsNanos, AdmitRequest request, CallPlan plan, CatalogSnapshot snapshot, LearnedModel learned, DateTimeOffset now)
    {
        var isNamed = request.OutputTokensMax > 0;
        var roomy = plan;
        if (!isNamed && Fill(ref roomy, Longer(request, LimitBytesMost, LimitTokensMost), snapshot, learned, now) is not null) return refusal;
        var terse = plan;
        var shorter = isNamed
            ? Longer(request, 1 - DigitsOf(request.OutputTokensMax), 1 - DigitsOf(request.OutputTokensMax))
            : Longer(request, LimitBytesLeast, LimitTokensLeast);
        return Fill(ref terse, shorter, snapshot, learned, now) is null ? roomy.Steps.Fitting(refusal, fitsNanos, terse.Steps.Bound) : refusal;
    }

    /// <summary>The request with so many bytes of text more, or less, and so many tokens where it was counted.</summary>
    private static AdmitRequest Longer(AdmitRequest request, int bytes, int tokens) => request with
    {
        Content = request.Content with { TextBytes = request.Content.TextBytes + bytes },
        Counted = request.Counted is { } counted ? counted with { Text = counted.Text + tokens } : null,
    };

    private static int DigitsOf(int number)
    {
        var digits = 1;
        for (; number >= 10; number /= 10) digits++;
        return digits;
    }

    private static Refusal? FieldUnpriced(AdmitRequest request, KeyRoute route)
    {
        if (request.Content.OtherFields.IsDefaultOrEmpty) return null;
        foreach (var field in request.Content.OtherFields)
            if (route.Provider is null || !route.Provider.Billing.FreeFields.Contains(field)) return KeyRefusals.FieldUnpriced(request.Provider, field);
        return null;
    }

    /// <summary>
    /// Whether it is known that a call runs no search. Fields that run one are refused under a budget unless the operator declared them free,
    /// and then their searches are held.
    /// </summary>
    private static bool RunsNoSearch(AdmitRequest request, KeyRoute route)
    {
        if (route.Provider?.Billing is not { } billing || (route.Price?.AlwaysSearches ?? billing.AlwaysSearches(request.Model))) return false;
        if (request.Content.OtherFields.IsDefaultOrEmpty) return true;
        foreach (var field in request.Content.OtherFields)
            if (billing.DeclaredFields.Contains(field)) return false;
        return true;
    }

    /// <summary>
    /// Names under which a provider runs a model, or adds something, of its own choice; and what is an aggregator's own without a price of its own.
    /// </summary>
    private static Refusal? Unbound(AdmitRequest request, KeyRoute route)
    {
        if (route.Provider?.Billing is not { } billing) return null;
        var isUnbound = billing.IsUnbound(request.Model) || (billing.IsOwn(request.Model) && route.PricedAs.EndsWith("/*", StringComparison.Ordinal));
        return isUnbound ? KeyRefusals.ModelUnbound(request.Provider, request.Model) : null;
    }

    private static string TierOf(AdmitRequest request, KeyRoute route) =>
        !BillingProfile.IsOpenTier(request.Content.ServiceTier) ? request.Content.ServiceTier!
        : route.Provider is { Billing.HasServiceTier: true } provider ? provider.ServiceTier : "default";

    /// <summary>Every price of any tier that may apply from now until the longest call has ended: the provider chooses.</summary>
    private static ImmutableArray<ModelPrice> AnyTierOf(ModelPrice price, DateTimeOffset now, DateTimeOffset until)
    {
        var prices = price.Between(now, until);
        var hasTiers = false;
        foreach (var one in prices) hasTiers |= !one.ServiceTiers.IsEmpty;
        if (!hasTiers) return prices;
        var all = ImmutableArray.CreateBuilder<ModelPrice>();
        foreach (var one in prices)
        {
            all.Add(one);
            foreach (var tier in one.ServiceTiers) all.Add(tier.Price);
        }

        return all.DrainToImmutable();
    }

    /// <summary>Every price of the tier that may apply from now until the longest call has ended.</summary>
    private static ImmutableArray<ModelPrice> PricesOf(
        ModelPrice price, string tier, DateTimeOffset now, DateTimeOffset until, bool knowsTiers)
    {
        var prices = price.Between(now, until);
        var same = true;
        foreach (var one in prices) same &= ReferenceEquals(one.Tier(tier), one);
        if (same) return prices;
        var tiered = ImmutableArray.CreateBuilder<ModelPrice>(prices.Length);
        foreach (var one in prices)
        {
            if (one.Tier(tier) is not { } of) return [];
            tiered.Add(of);
            if (!knowsTiers) tiered.Add(one);
        }

        return tiered.DrainToImmutable();
    }
}
