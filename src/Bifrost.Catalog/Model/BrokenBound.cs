namespace Bifrost.Catalog.Model;

/// <summary>A model that charged more than its bound (docs/promises.md): its bound is multiplied until an operator resets it.</summary>
public sealed record BrokenBound
{
    /// <summary>A model beyond this is refused under budgets that hold bounds.</summary>
    public const int ThousandthsMax = 16_000;

    /// <summary><c>provider/model</c>.</summary>
    public required string Model { get; init; }

    /// <summary>What its bound is multiplied by, in thousandths.</summary>
    public required int Thousandths { get; init; }

    /// <summary>When it was raised last.</summary>
    public required DateTimeOffset At { get; init; }
}
