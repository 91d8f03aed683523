namespace Bifrost.Simulator.Scripts;

/// <summary>How events are put on the wire: every form that the event stream format allows.</summary>
internal sealed record Framing
{
    public string LineEnd { get; init; } = "\n";

    /// <summary>A comment line before every event.</summary>
    public bool Comments { get; init; }

    /// <summary>A byte order mark before the first event.</summary>
    public bool ByteOrderMark { get; init; }

    /// <summary>Each event's JSON spread over two <c>data:</c> lines.</summary>
    public bool TwoLines { get; init; }

    /// <summary><c>event:</c> and <c>id:</c> fields before the data.</summary>
    public bool Named { get; init; }

    public DoneStyle Done { get; init; }
}
