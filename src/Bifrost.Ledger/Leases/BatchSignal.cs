using Bifrost.Ledger.Signals;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Wakes the batch sender: there is work, or the work must not wait for company. Set outside the book's lock by any thread, after the
/// work was made under it; the sender takes <see cref="Next"/> before it looks for work, so that no work is missed.
/// </summary>
internal sealed class BatchSignal
{
    private readonly AsyncSignal _work = new();
    private readonly AsyncSignal _urgent = new();

    public (Task Work, Task Urgent) Next => (_work.Next, _urgent.Next);

    public void SetWork() => _work.Pulse();

    public void SetUrgent() => _urgent.Pulse();

    /// <summary>Waits for more work to come along, until some of it is urgent.</summary>
    public Task CompanyAsync(Task urgent, TimeSpan most, TimeProvider time) => _urgent.WaitAsync(urgent, most, time);
}
