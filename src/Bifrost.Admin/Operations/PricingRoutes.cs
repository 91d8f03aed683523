using System.Text.Json;
using Bifrost.Admin.Governance;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Editing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Catalog.Store;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Money;

namespace Bifrost.Admin.Operations;

/// <summary>
/// <c>/api/pricing</c>: what models cost. A PUT sets the prices that it names, in the field names of the public price sheets, over the
/// built-in and the configured ones; <c>null</c> takes one back. Every silo counts by them when the call returns.
/// </summary>
internal sealed class PricingRoutes(ICatalog catalog, CatalogEditor editor) : IAdminRoutes
{
    private const string Root = "/api/pricing";

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Put(Root, PutAsync),
        AdminRoute.Delete(Root + "/{model*}", DeleteAsync),
    ];

    private Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var (search, limit, offset) = (call.Query("search"), call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return Task.FromResult<AdminAnswer>(error);
        var all = catalog.Current.Prices.Where(pair => GovernanceEditor.Fits(search, pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal);
        var page = Page<KeyValuePair<string, ModelPrice>>.Of([.. all], limit, offset);
        return Task.FromResult(AdminAnswer.Of(json => Json.Page(json, "prices", page, (each, pair) => PriceJson.Write(each, pair.Key, pair.Value))));
    }

    private async Task<AdminAnswer> PutAsync(AdminCall call)
    {
        var (prices, ignored) = PriceSheet.ReadChange(call.Fields(), catalog.Current.Providers);
        if (call.Findings.Error is { } error) return error;
        if (prices.Count == 0)
            return GatewayErrors.BadBody(
                "The body names no price; send {\"provider/model\": {\"input_cost_per_token\": …, \"output_cost_per_token\": …}}.");
        var audit = call.Audit("update", new CatalogKey(CatalogKinds.Price, prices.Count == 1 ? prices.First().Key : "*"));
        var change = new CatalogChange
        {
            Upserts = [.. prices.Where(pair => pair.Value is not null).Select(pair => CatalogSeeds.Of(pair.Key, pair.Value!))],
            Deletes = [.. prices.Where(pair => pair.Value is null).Select(pair => new CatalogKey(CatalogKinds.Price, pair.Key))],
            Audit = [audit],
        };
        var refusal = await editor.EditAsync(_ => CatalogEdit.Of(change));
        if (refusal is not null) return refusal;
        return AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("message"u8, "Prices are in force on every server.");
            json.WriteNumber("set"u8, change.Upserts.Length);
            json.WriteNumber("taken_back"u8, change.Deletes.Length);
            json.WriteNumber("ignored"u8, ignored);
            json.WriteEndObject();
        });
    }

    private async Task<AdminAnswer> DeleteAsync(AdminCall call)
    {
        if (catalog.Current.Prices.GetValueOrDefault(call.Id) is not { Source: null }) return AdminAnswer.NotFound("configured price of", call.Id);
        var target = new CatalogKey(CatalogKinds.Price, call.Id);
        var change = new CatalogChange { Deletes = [target], Audit = [call.Audit("delete", target)] };
        var refusal = await editor.EditAsync(_ => CatalogEdit.Of(change));
        return refusal is null ? AdminAnswer.Done("Price taken back; the built-in one holds where there is one.") : refusal;
    }
}
