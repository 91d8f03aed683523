namespace Bifrost.Simulation.Attackers;

/// <summary>What seeds came to.</summary>
internal sealed record AttackSeedsRun
{
    public int Seeds { get; init; }

    /// <summary>Tries that reached an upstream, and what these truly charged.</summary>
    public long Billed { get; init; }

    public long BilledNanos { get; init; }
    public long Answered { get; init; }
    public long Refused { get; init; }

    /// <summary>Refused because a limit was reached.</summary>
    public long Full { get; init; }

    public long Left { get; init; }

    /// <summary>Calls whose output limit was lowered.</summary>
    public long Clamped { get; init; }

    /// <summary>Entries booked by estimate.</summary>
    public long Estimated { get; init; }

    /// <summary>Models whose bound broke.</summary>
    public long Broken { get; init; }

    public long HonestPaid { get; init; }
    public string? Failure { get; init; }
    public bool Failed => Failure is not null;

    public override string ToString() =>
        $"{Seeds} seeds held: {Billed} tries charged {BilledNanos} nano-dollars, {Answered} answered, {Left} left, {Refused} refused, "
        + $"{Full} of them at a limit, {Clamped} lowered, {Estimated} booked by estimate, {Broken} bounds broken, {HonestPaid} honest calls paid"
        + (Failed ? $"{Environment.NewLine}FAILED {Failure}" : "");
}
