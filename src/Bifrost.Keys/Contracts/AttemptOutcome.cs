namespace Bifrost.Keys.Contracts;

/// <summary>How one try ended.</summary>
public enum AttemptOutcome
{
    /// <summary>A whole answer was received.</summary>
    Completed,

    /// <summary>The provider refused or failed and said so.</summary>
    Failed,

    /// <summary>The answer broke off; what came was accounted for.</summary>
    Truncated,

    /// <summary>The caller left; the upstream was drained or cut off.</summary>
    Abandoned,

    /// <summary>Never sent upstream.</summary>
    NotSent,

    /// <summary>Sent, with an unknown end: booked by estimate.</summary>
    Unknown,
}
