namespace Bifrost.Gateway.Health;

/// <summary>
/// Whether this process takes requests: after its start and before its stop. Written by the host, read by <c>/health/startup</c> and
/// <c>/health/ready</c>.
/// </summary>
public sealed class Readiness
{
    private volatile string? _reason = "starting";

    /// <summary>Whether it has started: it listens, and its silo has joined its cluster where there is one. Stays so.</summary>
    public bool Started { get; private set; }

    /// <summary>Whether it was ready and is so no more.</summary>
    public bool Stops => Started && _reason is not null;

    /// <summary>Why not; null when ready.</summary>
    public string? Reason => _reason;

    public void Ready()
    {
        Started = true;
        _reason = null;
    }

    public void NotReady(string reason) => _reason = reason;
}
