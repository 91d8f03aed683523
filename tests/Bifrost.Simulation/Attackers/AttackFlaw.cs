namespace Bifrost.Simulation.Attackers;

/// <summary>A rule of the bound that is left out on purpose, to see that the simulation notices.</summary>
internal enum AttackFlaw
{
    None,

    /// <summary>Tools, functions and schemas are not counted. Planted where the key is asked (<see cref="AttackKeyGrain"/>).</summary>
    ToolsNotCounted,

    /// <summary>A call that names no output limit is held as if it had named a small one. Planted where the key is asked.</summary>
    CeilingNotApplied,

    /// <summary>One choice is held whatever was asked for. Planted where the key is asked.</summary>
    ChoicesForgotten,

    /// <summary>The tier that a call asks for is not priced. Planted where the key is asked.</summary>
    TierForgotten,

    /// <summary>Images cost nothing. Planted where the key is asked.</summary>
    ImagesFree,

    /// <summary>Fields that bill apart pass. Planted where the key is asked.</summary>
    FieldsPass,

    /// <summary>The prompt is held at the tokens a byte that the key's calls taught. Planted where the key is asked.</summary>
    LearnedRatioInHolds,

    /// <summary>Budgets hold what a call will likely cost. Planted in the catalog (<see cref="AttackCatalog"/>).</summary>
    HoldsTheEstimate,

    /// <summary>The output limit that the hold rests on does not go upstream. Planted in the way there (<see cref="TrueUpstream"/>).</summary>
    ClampNotSent,

    /// <summary>A call that was cut short is booked by what of it was visible. Planted where the key is told (<see cref="AttackKeyGrain"/>).</summary>
    CutShortByVisibleBytes,

    /// <summary>Zeros told after real numbers count. Planted where the key is told.</summary>
    ZerosOverwrite,

    /// <summary>A broken bound raises nothing. Planted where the key is told.</summary>
    BrokenBoundIgnored,

    /// <summary>Providers that go on when a connection closes are taken for ones that stop. Planted in the catalog.</summary>
    RunsOnForgotten,

    /// <summary>Now and then an entry is not posted. Planted where the key is told.</summary>
    LosesEntries,
}

/// <summary>Something that the bounds promise was found broken.</summary>
internal sealed class AttackBrokenException(string what) : Exception(what);
