using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Tests.Model;

/// <summary>What holds at the end of a run of the model.</summary>
internal static class ModelEnd
{
    /// <summary>After quiet, time to live and a sweep; and what was spent upstream is within the limits.</summary>
    public static void Check(
        ModelLedger model, IEnumerable<ModelGrain> grains, IReadOnlyCollection<ModelCall> bill, IReadOnlyDictionary<string, long> limitMax, bool releases)
    {
        var live = grains.Select(grain => grain.Holder).ToHashSet();
        Assert.DoesNotContain(model.Leases.Values, lease => lease.State == LeaseState.Open);
        Assert.DoesNotContain(model.Leases.Values, lease => lease.State == LeaseState.Doubt && live.Contains(lease.Holder));
        var spent = new Dictionary<(string, long), (long Bill, long Slack)>();
        foreach (var call in bill)
        {
            foreach (var link in model.Leases[call.Lease].Chain)
            {
                var (billed, slack) = spent.GetValueOrDefault(link);
                var released = releases && call.Grain.IsDead ? call.Cost : 0;
                spent[link] = (billed + call.Cost, slack + Math.Max(0, call.Cost - call.Estimate) + released);
            }
        }

        foreach (var ((budget, _), (billed, slack)) in spent)
            Assert.True(billed <= limitMax[budget] + slack, $"{budget}: {billed} was spent of {limitMax[budget]} and a slack of {slack}");
        Assert.True(model.Entries.Values.Sum(entry => entry.Cost) <= bill.Sum(call => call.Cost));
    }
}
