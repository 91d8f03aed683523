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
using Bifrost.Keys.Admission;
using Bifrost.Ledger.Money;

namespace Bifrost.Admin.Operations;

/// <summary>
/// <c>/api/pricing</c>: what models cost. A PUT sets the prices that it names, in the field names of the public price sheets, over the
/// built-in and the configured ones; <c>null</c> takes one back. Every silo counts by them when the call returns.
/// </summary>
internal sealed class PricingRoutes(ICatalog catalog, CatalogEditor editor, UnpricedCalls unpriced) : IAdminRoutes
{
    private const string Root = "/api/pricing";

    public IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Get(Root + "/unpriced", ListUnpricedAsync),
        AdminRoute.Put(Root, PutAsync),
        AdminRoute.Delete(Root + "/{model*}", DeleteAsync),
    ];

    private Task<AdminAnswer> ListAsync(AdminCall call)
    {
        var (search, limit, offset) = (call.Query("search"), call.Limit(), call.Offset());
        if (call.Findings.Error is { } error) return Task.FromResult<AdminAnswer>(error);
        var all = catalog.Current.Prices.Where(pair => GovernanceEditor.Fits(search, pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal);
        var page = Page<KeyValuePair<string, ModelPrice>>.Of([.. all], limit, offset);
        return Task.FromResult(AdminAnswer.Of(json => Json.Page(json, "prices", page, (each, pair) => PriceJson.Write(each, pair.Key, pair.Value, call.Now))));
    }

    /// <summary>Models without a price that were called on this server since its start, most calls first, and providers without any price.</summary>
    private Task<AdminAnswer> ListUnpricedAsync(AdminCall call)
    {
        var now = catalog.Current;
        var models = unpriced.All().OrderByDescending(model => model.Calls)
            .ThenBy(model => model.Provider + "/" + model.Model, StringComparer.Ordinal).ToArray();
        return Task.FromResult(AdminAnswer.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("rule"u8, now.Settings.Unpriced switch
            {
                UnpricedRule.Allow => "allow"u8,
                UnpricedRule.Refuse => "refuse"u8,
                _ => "refuse_under_budget"u8,
            });
            json.Objects("models", models, (each, model) =>
                WriteUnpriced(each, model, isPriced: now.PriceOf(model.Provider, model.Model, call.Now) is not null));
            json.WriteNumber("count"u8, models.Length);
            json.Texts("providers_without_prices", now.ProvidersWithoutPrices());
            json.WriteEndObject();
        }));
    }

    private static void WriteUnpriced(Utf8JsonWriter json, UnpricedModel model, bool isPriced)
    {
        json.WriteStartObject();
        json.WriteString("model"u8, $"{model.Provider}/{model.Model}");
        json.WriteNumber("calls"u8, model.Calls);
        json.TimeOrNull("first_at", model.FirstAt);
        json.TimeOrNull("last_at", model.LastAt);
        json.WriteBoolean("priced_now"u8, isPriced);
        json.WriteEndObject();
    }

    private async Task<AdminAnswer> PutAsync(AdminCall call)
    {
        var (prices, ignored, warnings) = PriceSheet.ReadChange(call.Fields(), catalog.Current.Providers);
        if (call.Findings.Error is { } error) return error;
        if (prices.Count == 0)
            return GatewayErrors.BadBody(
                "The body names no price; send {\"provider/model\": {\"input_cost_per_token\": …, \"output_cost_per_token\": …}}.");
        var audit = call.Audit("update", new CatalogKey(CatalogKinds.Price, prices.Count == 1 ? StoredName(prices.First().Key) : "*"));
        var change = new CatalogChange
        {
            Upserts = [.. prices.Where(pair => pair.Value is not null).Select(pair => CatalogSeeds.Of(StoredName(pair.Key), pair.Value!))],
            Deletes = [.. prices.Where(pair => pair.Value is null).Select(pair => new CatalogKey(CatalogKinds.Price, StoredName(pair.Key)))],
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
            json.Texts("warnings", warnings);
            json.WriteEndObject();
        });
    }

    /// <summary>Names ignore case: the name that a configured price has, else the one that the call has.</summary>
    private string StoredName(string model) => catalog.Current.Prices.TryGetValue(model, out var price) && price.Source is null
        ? catalog.Current.Prices.Keys.First(name => string.Equals(name, model, StringComparison.OrdinalIgnoreCase))
        : model;

    private async Task<AdminAnswer> DeleteAsync(AdminCall call)
    {
        if (catalog.Current.Prices.GetValueOrDefault(call.Id) is not { Source: null }) return AdminAnswer.NotFound("configured price of", call.Id);
        var target = new CatalogKey(CatalogKinds.Price, StoredName(call.Id));
        var change = new CatalogChange { Deletes = [target], Audit = [call.Audit("delete", target)] };
        var refusal = await editor.EditAsync(_ => CatalogEdit.Of(change));
        return refusal is null ? AdminAnswer.Done("Price taken back; the built-in one holds where there is one.") : refusal;
    }
}
