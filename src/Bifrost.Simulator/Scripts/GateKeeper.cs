using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Bifrost.Simulator.Scripts;

/// <summary>Counts the calls of gated names, each with its <c>user</c>, to tell which of them meet the fault.</summary>
internal sealed class GateKeeper
{
    private const int NamesMax = 100_000;

    private readonly ConcurrentDictionary<(string Model, string User), StrongBox<long>> _calls = new();

    /// <returns>True when this call meets the script's fault. Throws when there are more names than can be counted.</returns>
    public bool Strikes(Script script, string user)
    {
        if (script.Fault is null) return false;
        if (!script.Gate.Counts) return true;
        if (!_calls.TryGetValue((script.Name, user), out var calls))
        {
            if (_calls.Count >= NamesMax) throw new InvalidOperationException("More gated model names than the simulator counts (100 000).");
            calls = _calls.GetOrAdd((script.Name, user), _ => new StrongBox<long>());
        }
        return script.Gate.Strikes(Interlocked.Increment(ref calls.Value) - 1);
    }
}
