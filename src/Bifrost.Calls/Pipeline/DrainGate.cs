namespace Bifrost.Calls.Pipeline;

/// <summary>The calls whose client left and whose upstream goes on, bounded in number. One per process.</summary>
internal sealed class DrainGate(int drainsMax)
{
    private readonly Lock _gate = new();

    // Both under _gate.
    private readonly HashSet<CallLifetime> _draining = [];
    private bool _closed;

    public int Count
    {
        get
        {
            lock (_gate) return _draining.Count;
        }
    }

    /// <summary>False when there is no place: the call is to be cut off.</summary>
    public bool TryEnter(CallLifetime call)
    {
        lock (_gate) return !_closed && _draining.Count < drainsMax && _draining.Add(call);
    }

    public void Leave(CallLifetime call)
    {
        lock (_gate) _draining.Remove(call);
    }

    /// <summary>Cuts off everything that is drained, and whatever would be from now on.</summary>
    public void Close()
    {
        CallLifetime[] draining;
        lock (_gate)
        {
            _closed = true;
            draining = [.. _draining];
        }

        foreach (var call in draining) call.CutOff();
    }
}
