using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Keys.Tests.Grains;

/// <summary>A book for many keys' grains at once: it pays for everything.</summary>
internal sealed class OpenBook : ILeaseBook
{
    public bool MayAdmit => true;

    public long CatalogVersion => 0;

    public ValueTask<HoldReply> HoldAsync(HoldRequest request, CancellationToken cancellationToken) => new(new HoldReply(Guid.Empty, 0, null));

    public ChainRoom RoomOf(BudgetChain chain) => default;

    public Task PostAsync(LedgerEntry entry) => Task.CompletedTask;

    public void Leave(Guid attemptId)
    {
    }

    public Task<long> CatalogBeyondAsync(long seen, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void TakeCatalog(long version, Func<BudgetChain, bool> stillFits) => throw new NotSupportedException();

    public LeaseBookStats Stats() => throw new NotSupportedException();
}
