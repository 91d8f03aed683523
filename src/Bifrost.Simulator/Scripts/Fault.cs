namespace Bifrost.Simulator.Scripts;

/// <summary>One scripted fault.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="After">Content chunks sent before it, where the kind counts them.</param>
/// <param name="Status">The HTTP status, where the kind answers one.</param>
/// <param name="Code">The error object's <c>code</c>, or null.</param>
internal sealed record Fault(FaultKind Kind, int After = 0, int Status = 0, string? Code = null)
{
    public RetryHint? Retry { get; init; }

    /// <summary>True when the error says its usage, and is charged so; an error object that says none is charged nothing.</summary>
    public bool Charged { get; init; }

    /// <summary>True for the kinds that answer an error object.</summary>
    public bool HasErrorObject => Kind is FaultKind.Status or FaultKind.ErrorBody or FaultKind.ErrorAfter;

    /// <summary>True when it strikes within an answer that has begun (or an event stream's).</summary>
    public bool IsWithinAnswer => Kind is FaultKind.ResetAfter or FaultKind.CloseAfter or FaultKind.CutAfter
        or FaultKind.StallAfter or FaultKind.BadChunkAfter or FaultKind.ErrorAfter;
}
