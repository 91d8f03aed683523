using Bifrost.Ledger.Store;
using Bifrost.Storage.Tests.Harness;

namespace Bifrost.Storage.Tests.Model;

/// <summary>The model's words for what a store answers, and row by row whether both hold the same.</summary>
internal static class ModelComparison
{
    public static string Describe(AcquireReply reply) => reply switch
    {
        LeaseGranted granted => $"granted {granted.GrantedNanos} settled {granted.SettledNanos} for {(long)granted.SpendFor.TotalMilliseconds} "
            + $"of {granted.FreeNanos?.ToString() ?? "unknown"}",
        LeaseNotOpen other => $"not open {other.State}",
        AcquireRefused refused => $"refused {refused.Reason}",
        _ => "",
    };

    public static void Equal(ModelLedger model, LedgerState state)
    {
        Assert.Equal(
            model.Budgets.OrderBy(b => b.Key, StringComparer.Ordinal)
                .Select(b => $"{b.Key} {b.Value.Limit} {b.Value.WindowMs} {b.Value.Posted} {b.Value.Leased} {b.Value.Doubt}"),
            state.Budgets.OrderBy(b => b.BudgetId, StringComparer.Ordinal).Select(b =>
                $"{b.BudgetId} {b.LimitNanos} {(long)(b.WindowStart - LedgerHarness.Start).TotalMilliseconds} {b.PostedNanos} {b.LeasedNanos} {b.DoubtNanos}"));
        Assert.Equal(
            model.Leases.OrderBy(l => l.Key).Select(l => $"{l.Key} {l.Value.State} {l.Value.Granted} {l.Value.Settled} {l.Value.DoubtAtMs}"),
            state.Leases.OrderBy(l => l.Id).Select(l =>
                $"{l.Id} {l.State} {l.GrantedNanos} {l.SettledNanos} {(long?)(l.DoubtAt - LedgerHarness.Start)?.TotalMilliseconds}"));
    }
}
