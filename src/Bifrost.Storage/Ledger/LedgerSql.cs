using Bifrost.Ledger.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Storage.Ledger;

/// <summary>The rows of <c>credit_lease</c>, and the ledger's side of <c>budget</c>, as both databases read them.</summary>
internal static class LedgerSql
{
    public const string LeaseColumns =
        "id, holder_id, virtual_key_id, chain, granted_nanos, settled_nanos, spend_until_ms, state, doubt_at_ms";

    public const string BudgetColumns =
        "id, period_count, period_unit, calendar_aligned, limit_nanos, retired, window_start_ms, posted_nanos, leased_nanos, doubt_nanos";

    /// <summary>A page of leases: those after $1, $2 of them.</summary>
    public static string LeasePage(LeaseState state) =>
        $"select {LeaseColumns} from credit_lease where state = {(int)state} and id > $1 order by id limit $2";

    public static LeaseRecord ReadLease(IRow row) => new()
    {
        Id = row.Id(0),
        HolderId = row.IdOrNull(1),
        VirtualKeyId = row.Text(2),
        Chain = ChainText.Read(row.Text(3)),
        GrantedNanos = row.Long(4),
        SettledNanos = row.Long(5),
        SpendUntilMs = row.Long(6),
        State = (LeaseState)row.Int(7),
        DoubtAtMs = row.LongOrNull(8),
    };

    public static BudgetRecord ReadBudget(IRow row) => new()
    {
        Id = row.Text(0),
        Period = new WindowPeriod(row.Int(1), (PeriodUnit)row.Int(2), row.Bool(3)),
        LimitNanos = row.Long(4),
        Retired = row.Bool(5),
        WindowStartMs = row.Long(6),
        PostedNanos = row.Long(7),
        LeasedNanos = row.Long(8),
        DoubtNanos = row.Long(9),
    };
}
