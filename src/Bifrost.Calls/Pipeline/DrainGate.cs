using Bifrost.Calls.Limits;

namespace Bifrost.Calls.Pipeline;

/// <summary>The calls whose client left and whose upstream goes on, bounded in number, in all and for each key. One per process.</summary>
internal sealed class DrainGate(int drainsMax, int drainsPerKeyMax, LimitWatch? watch)
{
    private readonly Lock _gate = new();

    // All under _gate.
    private readonly HashSet<CallLifetime> _draining = [];
    private readonly Dictionary<string, int> _byKey = new(StringComparer.Ordinal);
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
        Limit reached;
        lock (_gate)
        {
            if (_closed) return false;
            var ofKey = _byKey.GetValueOrDefault(call.VirtualKeyId);
            if (_draining.Count < drainsMax && ofKey < drainsPerKeyMax)
            {
                if (!_draining.Add(call)) return false;
                _byKey[call.VirtualKeyId] = ofKey + 1;
                return true;
            }

            reached = ofKey < drainsPerKeyMax ? Limit.DrainsAll : Limit.DrainsKey;
        }

        watch?.Reached(reached, call.VirtualKeyId);
        return false;
    }

    public void Leave(CallLifetime call)
    {
        lock (_gate)
        {
            if (!_draining.Remove(call)) return;
            var ofKey = _byKey[call.VirtualKeyId] - 1;
            if (ofKey == 0) _byKey.Remove(call.VirtualKeyId);
            else _byKey[call.VirtualKeyId] = ofKey;
        }
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
