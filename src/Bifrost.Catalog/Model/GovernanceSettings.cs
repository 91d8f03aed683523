namespace Bifrost.Catalog.Model;

/// <summary>Settings of the rules that bind every call (docs/promises.md).</summary>
public sealed record GovernanceSettings
{
    public static readonly GovernanceSettings Default = new();

    /// <summary>The output limit in tokens that is sent where neither the request nor the model's data names one.</summary>
    public int OutputTokensDefault { get; init; } = 16_384;

    /// <summary>What happens to calls of a model without a price.</summary>
    public UnpricedRule Unpriced { get; init; }

    /// <summary>When the output limit of a call may be lowered near the end of a budget.</summary>
    public ClampRule Clamp { get; init; }
}

/// <summary>What happens to calls of a model without a price.</summary>
public enum UnpricedRule
{
    /// <summary>Refused where a budget binds the call, else allowed, marked and counted.</summary>
    RefuseUnderBudget,

    Refuse,

    /// <summary>Allowed, marked and counted; it costs a budget nothing.</summary>
    Allow,
}

/// <summary>When the output limit of a call may be lowered so that what is left of a budget pays it.</summary>
public enum ClampRule
{
    /// <summary>Where the call names none, and one that it names where the model's usual answers are known to fit.</summary>
    Learned,

    /// <summary>Only where the call names none.</summary>
    Unnamed,

    /// <summary>Wherever the usual answers fit.</summary>
    Any,

    Never,
}
