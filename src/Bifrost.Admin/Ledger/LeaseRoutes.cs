using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin.Ledger;

/// <summary><c>/api/ledger/leases</c>: credit that is out, above all that in doubt, and its release by an operator.</summary>
internal sealed class LeaseRoutes(ILedgerReader reader, ILedgerStore ledger, LedgerOptions options, CatalogEditor editor) : IAdminRoutes
{
    private const string Root = "/api/ledger/leases";

    public IEnumerable<AdminRoute> Routes => [AdminRoute.Get(Root, ListAsync), AdminRoute.Post(Root + "/{id}/release", ReleaseAsync)];

    private async Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var state = call.Word("state", "doubt", "open", "closed") switch { "open" => LeaseState.Open, "closed" => LeaseState.Closed, _ => LeaseState.Doubt };
        var (after, limit) = (call.Uuid("after"), call.Limit());
        if (call.Findings.Error is { } error) return error;
        var leases = await reader.ReadLeasesAsync(state, after, limit, call.Aborted);
        return AdminAnswer.Of(json => Json.KeysetPage(json, "leases", leases, limit, lease => lease.Id, Write));
    }

    /// <summary>Gives a lease's doubt up for lost: what its calls cost, if they cost anything, will not be counted.</summary>
    private async Task<AdminAnswer> ReleaseAsync(AdminCall call)
    {
        var fields = call.Fields();
        var reason = fields.Text("reason", 1_000);
        fields.End();
        if (call.Findings.Error is { } error) return error;
        if (!Guid.TryParse(call.Id, out var id)) return AdminAnswer.NotFound("lease", call.Id);
        await editor.AuditAsync(call.Audit("release", new CatalogKey("credit_lease", id.ToString()),
            json => json.TextOrNull("reason", reason)));
        var longest = options.LongestCall + options.Drain;
        return await ledger.ReleaseAsync(id, longest, CancellationToken.None) switch
        {
            ReleaseReply.Released => AdminAnswer.Done("Lease released; its budgets have the credit back."),
            ReleaseReply.TooEarly => AdminAnswer.Conflict(
                $"A call of this lease may still tell what it cost; release it {longest.TotalSeconds:0} s after it came in doubt."),
            ReleaseReply.NotInDoubt => AdminAnswer.Conflict("This lease is open: the process that holds it lives and will give it back itself."),
            _ => AdminAnswer.NotFound("lease", call.Id),
        };
    }

    private static void Write(Utf8JsonWriter json, CreditLease lease)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, lease.Id);
        json.WriteString("state"u8, lease.State switch { LeaseState.Open => "open", LeaseState.Doubt => "doubt", _ => "closed" });
        json.TextOrNull("holder_id", lease.HolderId?.ToString());
        json.WriteString("virtual_key_id"u8, lease.VirtualKeyId);
        json.Usd("granted", lease.GrantedNanos);
        json.Usd("settled", lease.SettledNanos);
        json.Usd("unsettled", lease.UnsettledNanos);
        json.TimeOrNull("spend_until", lease.SpendUntil);
        json.TimeOrNull("in_doubt_since", lease.DoubtAt);
        json.Objects("budgets", lease.Chain, (each, budget) =>
        {
            each.WriteStartObject();
            each.WriteString("id"u8, budget.BudgetId);
            each.TimeOrNull("window_start", budget.WindowStart);
            each.WriteEndObject();
        });
        json.WriteEndObject();
    }
}
