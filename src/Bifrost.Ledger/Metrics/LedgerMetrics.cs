using System.Diagnostics.Metrics;
using Bifrost.Ledger.Leases;

namespace Bifrost.Ledger.Metrics;

/// <summary>The lease book's numbers and whether the store is there, as they are when somebody asks. One per process.</summary>
public sealed class LedgerMetrics
{
    private readonly ILeaseBook _book;

    public LedgerMetrics(ILeaseBook book, InvariantWatch invariants, IMeterFactory meters)
    {
        _book = book;
        var meter = meters.Create("Bifrost.Ledger");
        Gauge("bifrost.store.reachable", null, "1 while the store answers this process' heartbeats.", static now => now.StoreReached ? 1 : 0);
        Gauge("bifrost.ledger.admits", null, "1 while this process may admit calls.", static now => now.MayAdmit ? 1 : 0);
        Gauge("bifrost.ledger.chains", "{chain}", "Chains of budgets that have credit, waiters or a memory here.", static now => now.Chains);
        Gauge("bifrost.ledger.leases", "{lease}", "Credit leases of this process that are not closed.", static now => now.Leases);
        Gauge("bifrost.ledger.holds", "{call}", "Calls that were admitted and have not ended.", static now => now.Holds);
        Gauge("bifrost.ledger.waiters", "{call}", "Calls that wait for credit.", static now => now.Waiters);
        Gauge("bifrost.ledger.unposted_entries", "{entry}", "Entries of the ledger that are not durable yet.", static now => now.UnpostedEntries);
        Counter("bifrost.ledger.batches", "{batch}", "Batches that the store has answered.", static now => now.Batches);
        Counter("bifrost.ledger.batch_failures", "{batch}", "Batches that got no answer and were repeated.", static now => now.BatchFailures);
        Seconds("bifrost.ledger.batch.lag", "How long the batch that is out waits for its answer, or how long the last one did.", static now => now.BatchLag);
        Seconds("bifrost.store.latency", "How long the store took for the last heartbeat.", static now => now.StoreLatency ?? TimeSpan.Zero);
        Seconds("bifrost.store.clock_skew", "The store's clock less this process's.", static now => now.ClockSkew ?? TimeSpan.Zero);
        Counter("bifrost.ledger.holders_lost", "{holder}", "Times that the store held this process for dead.", static now => now.HoldersLost);

        // Each is there from the start: a counter that is not there until it counts hides its first event from every rate.
        meter.CreateObservableCounter(
            "bifrost.invariant.violations",
            () => InvariantWatch.All.Select(one => new Measurement<long>(
                invariants.Violations(one), new KeyValuePair<string, object?>("invariant", InvariantWatch.WordOf(one)))),
            "{time}", "How often something that always holds of money did not; to be 0.");

        void Seconds(string name, string help, Func<LeaseBookStats, TimeSpan> value) =>
            meter.CreateObservableGauge(name, () => value(_book.Stats()).TotalSeconds, "s", help);

        void Gauge(string name, string? unit, string help, Func<LeaseBookStats, long> value) =>
            meter.CreateObservableGauge(name, () => value(_book.Stats()), unit, help);

        void Counter(string name, string unit, string help, Func<LeaseBookStats, long> value) =>
            meter.CreateObservableCounter(name, () => value(_book.Stats()), unit, help);
    }
}
