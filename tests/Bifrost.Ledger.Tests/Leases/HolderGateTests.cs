using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Tests.Leases;

public sealed class HolderGateTests
{
    private readonly HolderGate _gate = new(TimeSpan.FromSeconds(5));

    public HolderGateTests() => _gate.Begin(Guid.CreateVersion7());

    [Fact]
    public void Admits_nobody_on_an_empty_store_before_its_catalog_was_taken()
    {
        var table = new LeaseTable(new LedgerOptions(), _gate, Guid.CreateVersion7);
        Answered(sentAt: 0, version: 0);
        Assert.False(_gate.MayAdmit(TimeSpan.Zero));
        table.Ends.TakeCatalog(0, _ => true);
        Assert.True(_gate.MayAdmit(TimeSpan.Zero));
    }

    [Fact]
    public void Admits_until_5_s_after_the_last_heartbeat_was_sent()
    {
        _gate.Take(3);
        Answered(sentAt: 1, version: 3);
        Assert.True(_gate.MayAdmit(TimeSpan.FromSeconds(5.9)));
        Assert.False(_gate.MayAdmit(TimeSpan.FromSeconds(6)));
    }

    [Fact]
    public void After_a_pause_takes_first_what_the_barrier_may_have_passed_meanwhile()
    {
        _gate.Take(3);
        Answered(sentAt: 0, version: 3);
        Answered(sentAt: 7, version: 4);
        Assert.False(_gate.MayAdmit(TimeSpan.FromSeconds(7)));
        _gate.Take(4);
        Assert.True(_gate.MayAdmit(TimeSpan.FromSeconds(7)));
    }

    private void Answered(double sentAt, long version) =>
        _gate.Answered(TimeSpan.FromSeconds(sentAt), TimeSpan.FromSeconds(sentAt), new HolderReply(true, version, DateTimeOffset.UnixEpoch));
}
