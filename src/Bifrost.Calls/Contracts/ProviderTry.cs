namespace Bifrost.Calls.Contracts;

/// <summary>
/// One try as its caller and its provider's grain share it, by reference. The grain begins it in its turn and says so; its answer comes here. So a grain
/// call is as short as a turn, and when its reply is lost, the caller knows whether the try runs: one that was begun is waited for like any other, and
/// owns its slot, its body and its end; one that was not is given up here, and is not begun any more. Thread-safe.
/// </summary>
public sealed class ProviderTry
{
    private readonly Lock _gate = new();

    // Both under _gate.
    private Task<ProviderReply>? _running;
    private bool _givenUp;

    /// <summary>
    /// For the grain: begins the try, unless it was given up or begun before. What <paramref name="run"/> does before it waits must be short.
    /// </summary>
    public void Begin(ProviderCall call, Func<ProviderCall, Task<ProviderReply>> run)
    {
        ArgumentNullException.ThrowIfNull(run);
        lock (_gate)
        {
            if (!_givenUp) _running ??= run(call);
        }
    }

    /// <summary>For the caller: the try; null when it was not begun: then it is given up.</summary>
    public Task<ProviderReply>? Running()
    {
        lock (_gate)
        {
            _givenUp = _running is null;
            return _running;
        }
    }
}
