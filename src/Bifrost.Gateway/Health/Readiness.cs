namespace Bifrost.Gateway.Health;

/// <summary>Whether this process takes requests: after its start and before its stop. Written by the host, read by <c>/health/ready</c>.</summary>
public sealed class Readiness
{
    private volatile string? _reason = "starting";

    /// <summary>Why not; null when ready.</summary>
    public string? Reason => _reason;

    public void Ready() => _reason = null;

    public void NotReady(string reason) => _reason = reason;
}
