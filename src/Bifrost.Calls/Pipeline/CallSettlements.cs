namespace Bifrost.Calls.Pipeline;

/// <summary>
/// The settlements of one call, for a caller that may not go on before its entries are durable: a job is completed only after that.
/// Thread-safe.
/// </summary>
public sealed class CallSettlements
{
    private readonly Lock _gate = new();

    // Under _gate.
    private readonly List<Task> _begun = [];

    /// <summary>Completes when every entry of the tries made so far is durable; never fails.</summary>
    public Task DurableAsync()
    {
        lock (_gate) return Task.WhenAll(_begun);
    }

    internal void Add(Task settled)
    {
        lock (_gate) _begun.Add(settled);
    }
}
