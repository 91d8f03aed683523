using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bifrost.Simulation.Jobs;

/// <summary>The host's lifetime, as the runner sees it.</summary>
internal sealed class SiloLifetime : IHostApplicationLifetime
{
    private readonly CancellationTokenSource _stopping = new();

    public CancellationToken ApplicationStarted => CancellationToken.None;

    public CancellationToken ApplicationStopping => _stopping.Token;

    public CancellationToken ApplicationStopped => CancellationToken.None;

    public void StopApplication() => _stopping.Cancel();
}

/// <summary>A lease book that admits while its process may have been heard by the ledger.</summary>
internal sealed class SiloBook(JobSilo silo) : ILeaseBook
{
    public bool MayAdmit => !(silo.Clock.GetUtcNow() - silo.CutOffAt >= LedgerLimits.HolderTtl);

    public long CatalogVersion => 0;

    public ValueTask<HoldReply> HoldAsync(HoldRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ChainRoom RoomOf(BudgetChain chain) => throw new NotSupportedException();

    public Task PostAsync(LedgerEntry entry) => throw new NotSupportedException();

    public void Leave(Guid attemptId) => throw new NotSupportedException();

    public Task<long> CatalogBeyondAsync(long seen, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void TakeCatalog(long version, Func<BudgetChain, bool> stillFits) => throw new NotSupportedException();

    public LeaseBookStats Stats() => throw new NotSupportedException();
}

/// <summary>The product survives most exceptions and logs them: one that is no lost answer fails the run.</summary>
internal sealed class SiloLog<T>(JobWorld world) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is not null && !JobWorld.IsNoAnswer(exception)) world.Fail(exception);
    }
}
