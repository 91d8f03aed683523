using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Admin.Ledger;

/// <summary>
/// <c>/api/ledger/reprice</c>: prices past calls again, a page at a time, and books the differences beside them; a dry run, which is the rule unless
/// <c>dry_run</c> is false, only tells them. Entries are never edited.
/// </summary>
internal sealed class RepriceRoutes(ILedgerReader reader, ILedgerStore ledger, ICatalog catalog, CatalogEditor editor) : IAdminRoutes
{
    private const int PageMax = 200;
    private const int PageDefault = 100;

    public IEnumerable<AdminRoute> Routes => [AdminRoute.Post("/api/ledger/reprice", RepriceAsync)];

    private async Task<AdminAnswer> RepriceAsync(AdminCall call)
    {
        var fields = call.Fields();
        var query = new LedgerEntryQuery
        {
            VirtualKeyId = fields.Text("virtual_key_id"),
            Provider = fields.Text("provider"),
            Model = fields.Text("model"),
            Kind = LedgerEntryKind.Settle,
            From = Time(fields, "start_time"),
            To = Time(fields, "end_time"),
            Before = Id(fields, "after"),
            CountMax = (int)(fields.Whole("limit", 1, PageMax) ?? PageDefault),
        };
        if (!fields.Has("start_time")) fields.Error("start_time", "is missing; write the time of the first entry, such as 2027-01-31T00:00:00Z");
        var tier = fields.Text("service_tier");
        var isDry = fields.Flag("dry_run") ?? true;
        fields.End();
        if (call.Findings.Error is { } error) return error;

        var page = await reader.ReadEntriesAsync(query, call.Aborted);
        var snapshot = catalog.Current;
        var counts = new int[Enum.GetValues<Repriced>().Length];
        var corrections = new List<(LedgerEntry Correction, string State)>();
        foreach (var entry in page)
        {
            var beside = await reader.ReadEntriesAsync(
                new LedgerEntryQuery { RequestId = entry.RequestId, Kind = LedgerEntryKind.Adjust, CountMax = LedgerEntryQuery.CountLimit }, call.Aborted);
            var (corrected, before) = Repricing.CorrectedOf(entry.AttemptId, beside);
            var found = Repricing.Price(snapshot, entry, tier, corrected, out var nanos);
            counts[(int)found]++;
            if (found != Repriced.Differs) continue;
            var correction = Repricing.Correction(entry, before, entry.CostNanos + corrected, nanos);
            corrections.Add((correction, isDry ? "due" : await BookAsync(correction)));
        }

        if (!isDry && corrections.Count > 0) await AuditAsync(call, corrections);
        return AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("dry_run"u8, isDry);
            json.WriteNumber("examined"u8, page.Length);
            json.WriteNumber("unchanged"u8, counts[(int)Repriced.Same]);
            json.WriteNumber("not_told"u8, counts[(int)Repriced.NotTold]);
            json.WriteNumber("unpriced"u8, counts[(int)Repriced.Unpriced]);
            json.WriteNumber("tier_unknown"u8, counts[(int)Repriced.TierUnknown]);
            json.Usd("difference", corrections.Sum(one => one.Correction.CostNanos));
            json.Objects("corrections", corrections, static (each, one) =>
            {
                each.WriteStartObject();
                each.WriteString("id"u8, one.Correction.AttemptId);
                each.WriteString("virtual_key_id"u8, one.Correction.VirtualKeyId);
                each.WriteString("model"u8, $"{one.Correction.Provider}/{one.Correction.Model}");
                each.Usd("amount", one.Correction.CostNanos);
                each.TextOrNull("reason", one.Correction.Reason);
                each.WriteString("state"u8, one.State);
                each.WriteEndObject();
            });
            json.TextOrNull("after", page.Length == query.CountMax ? page[^1].AttemptId.ToString() : null);
            json.WriteEndObject();
        });
    }

    private async Task<string> BookAsync(LedgerEntry correction) => await ledger.AdjustAsync(correction, CancellationToken.None) switch
    {
        AdjustReply.Booked => "booked",
        AdjustReply.BelowZero => "below_zero",
        _ => "unknown_lease",
    };

    private Task AuditAsync(AdminCall call, List<(LedgerEntry Correction, string State)> corrections) => editor.AuditAsync(
        call.Audit("reprice", new CatalogKey("ledger_entry", corrections[0].Correction.AttemptId.ToString()), json =>
        {
            json.WriteNumber("booked"u8, corrections.Count(static one => one.State == "booked"));
            json.Usd("amount", corrections.Where(static one => one.State == "booked").Sum(static one => one.Correction.CostNanos));
        }));

    private static DateTimeOffset? Time(Section fields, string name)
    {
        if (fields.Text(name) is not { } text) return null;
        if (Times.TryParse(text, out var at)) return at;
        fields.Error(name, $"is \"{text}\"; a time such as 2027-01-31T00:00:00Z stands here");
        return null;
    }

    private static Guid? Id(Section fields, string name)
    {
        if (fields.Text(name, 64) is not { } text) return null;
        if (Guid.TryParse(text, out var id)) return id;
        fields.Error(name, $"is \"{text}\"; a UUID stands here");
        return null;
    }
}
