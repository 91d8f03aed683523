using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Leases;

namespace Bifrost.Calls.Board;

/// <summary>Makes this silo's reports, one after the other: rates are those since the report before.</summary>
public sealed class SiloReports(
    ChatPipeline pipeline, ProviderDispatchers dispatchers, ICatalog catalog, ILeaseBook book, SiloFacts facts, TimeProvider time)
{
    private long _number;
    private long _at = time.GetTimestamp();
    private long _begun;
    private TimeSpan _cpu = Environment.CpuUsage.TotalTime;

    /// <param name="silo">This silo's address.</param>
    public SiloReport Next(string silo)
    {
        var now = time.GetTimestamp();
        var seconds = Math.Max(0.001, time.GetElapsedTime(_at, now).TotalSeconds);
        var (begun, cpu, stats, current) = (pipeline.Begun, Environment.CpuUsage.TotalTime, book.Stats(), catalog.Current);
        var report = new SiloReport
        {
            Silo = silo,
            Number = ++_number,
            Version = facts.Version,
            Holder = stats.HolderId,
            CatalogVersion = current.Version,
            Admits = stats.MayAdmit,
            StoreReached = stats.StoreReached,
            RequestsPerSecond = (begun - _begun) / seconds,
            CallsInFlight = stats.Holds,
            JobsRunning = facts.JobsRunning(),
            CreditWaiters = stats.Waiters,
            Leases = stats.Leases,
            UnpostedEntries = stats.UnpostedEntries,
            StoreLatencyMs = stats.StoreLatency?.TotalMilliseconds,
            BatchLagMs = stats.BatchLag.TotalMilliseconds,
            ClockSkewMs = stats.ClockSkew?.TotalMilliseconds,
            CpuPercent = (cpu - _cpu).TotalSeconds / seconds * 100,
            MemoryBytes = Environment.WorkingSet,
            Providers = Providers(current),
        };
        (_at, _begun, _cpu) = (now, begun, cpu);
        return report;
    }

    private ImmutableArray<ProviderReport> Providers(CatalogSnapshot current)
    {
        var names = current.Providers.Values.Select(static provider => provider.Name).Order(StringComparer.Ordinal).Take(SiloReport.ProvidersMax);
        return [.. names.Select(name => new ProviderReport { Name = name, Status = Bounded(dispatchers.For(name).Status(current.Providers[name])) })];
    }

    private static ProviderStatus Bounded(ProviderStatus status) => status.Keys.Length <= SiloReport.KeysMax + 1
        ? status
        : status with { Keys = status.Keys[..(SiloReport.KeysMax + 1)] };
}
