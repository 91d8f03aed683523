using Bifrost.Catalog.Model;

namespace Bifrost.Simulation.Honest;

/// <summary>Traffic against the rest of a budget.</summary>
internal sealed record HonestCase
{
    public required HonestMix Mix { get; init; }

    /// <summary>The budget, in USD.</summary>
    public required decimal LimitUsd { get; init; }

    /// <summary>What of it is left when the traffic begins, in USD.</summary>
    public required decimal LeftUsd { get; init; }

    /// <summary>Keys of the team whose budget it is; 1: a key with a budget of its own.</summary>
    public required int Keys { get; init; }

    public required int Silos { get; init; }
    public AdmissionRule Admission { get; init; } = AdmissionRule.Bound;
    public ClampRule Clamp { get; init; }

    /// <summary>Calls of each key before the traffic begins, which taught it lengths and ratios.</summary>
    public int CallsBefore { get; init; } = 20;

    public string Policy => Admission == AdmissionRule.Estimate ? "estimate" : Clamp switch
    {
        ClampRule.Learned => "learned (default)",
        ClampRule.Unnamed => "unnamed",
        ClampRule.Any => "any",
        _ => "never",
    };
}
