using System.Collections.Frozen;

namespace Bifrost.Catalog.Model;

/// <summary>How a provider bills, as far as its prices do not say it: data, one row a provider (docs/promises.md).</summary>
public sealed record BillingProfile
{
    /// <summary>A provider of which nothing is known.</summary>
    public static readonly BillingProfile Unknown = new();

    /// <summary>What the provider does, and bills, when the connection closes before its answer is whole.</summary>
    public ClosingRule Closing { get; init; } = ClosingRule.RunsOn;

    /// <summary>Fields beyond the contract's table that never change the price; any other one is refused under a budget.</summary>
    public FrozenSet<string> FreeFields { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Those of <see cref="FreeFields"/> that the operator declared: what they do is not known here, so they may run searches.</summary>
    public FrozenSet<string> DeclaredFields { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Parts of the names of models that search at every call, asked for or not; an empty part is in every name.</summary>
    public ImmutableArray<string> SearchingModels { get; init; } = [""];

    /// <summary>Whether the provider knows the output limit as <c>max_tokens</c> alone; <c>max_completion_tokens</c> is then sent under that name.</summary>
    public bool LimitIsMaxTokens { get; init; }

    /// <summary>Whether what the provider says that a call cost is booked, not what the price list makes of its usage.</summary>
    public bool BooksReported { get; init; }

    /// <summary>Whether the provider knows <c>service_tier</c>; then it is always sent.</summary>
    public bool HasServiceTier { get; init; }

    /// <summary>Whether a call that names no service tier is known to run in the plain one, whatever an account's settings say.</summary>
    public bool UnnamedTierIsPlain { get; init; }

    /// <summary>Parts of model names under which the provider runs or adds something of its own choice: refused under a budget.</summary>
    public ImmutableArray<string> UnboundParts { get; init; } = [];

    /// <summary>
    /// Names, without a vendor and without what follows <c>-</c>, <c>:</c> or <c>@</c>, under which the provider chooses the model itself.
    /// </summary>
    public ImmutableArray<string> UnboundNames { get; init; } = [];

    /// <summary>
    /// The vendor in whose name an aggregator offers what is its own: models that call other models, beside some of unnamed makers. Null: it has none.
    /// </summary>
    public string? OwnVendor { get; init; }

    /// <summary>Whether a service tier is left to the provider by a call that asks for this one, or told by none in an answer that names it.</summary>
    public static bool IsOpenTier(string? tier) => string.IsNullOrEmpty(tier) || string.Equals(tier, "auto", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the provider may run any tier for a call that asks for this one; null: the call asks for none.</summary>
    public bool ChoosesTier(string? asked) => !HasServiceTier && IsOpenTier(asked) && !(asked is null && UnnamedTierIsPlain);

    /// <summary>
    /// Whether a model may be an aggregator's own one, of which no price for all of its models speaks. Names without a vendor may stand for those.
    /// </summary>
    public bool IsOwn(string model)
    {
        if (OwnVendor is null) return false;
        var slash = model.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 || model.AsSpan(0, slash).Equals(OwnVendor, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether the provider chooses itself what runs under this name.</summary>
    public bool IsUnbound(string model)
    {
        foreach (var part in UnboundParts)
            if (model.Contains(part, StringComparison.OrdinalIgnoreCase)) return true;
        var name = model.AsSpan(model.LastIndexOf('/') + 1);
        var end = name.IndexOfAny("-:@");
        if (end >= 0) name = name[..end];
        foreach (var unbound in UnboundNames)
            if (name.Equals(unbound, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <summary>Whether a model of this name searches at every call, or may.</summary>
    public bool AlwaysSearches(string model)
    {
        foreach (var part in SearchingModels)
            if (model.Contains(part, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}

/// <summary>What a provider does when the connection closes before its answer is whole.</summary>
public enum ClosingRule
{
    /// <summary>Goes on and bills the whole answer, or it is not known.</summary>
    RunsOn,

    /// <summary>Claims to stop and to bill what was written until then.</summary>
    Stops,

    /// <summary>Stops; nobody bills.</summary>
    Free,
}
