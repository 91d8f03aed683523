using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Admin.Reading;
using Bifrost.Admin.Writing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/model-configs</c>: limits of a model whoever calls it.</summary>
internal sealed class ModelConfigRoutes(GovernanceDesk governance) : OwnerRoutes<GlobalLimit>(governance)
{
    public override IEnumerable<AdminRoute> Routes => Crud("/api/governance/model-configs");

    protected override string Kind => CatalogKinds.GlobalLimit;

    protected override string Word => "model config";

    protected override string Field => "model_config";

    protected override string ListField => "model_configs";

    protected override string StoreIdOf(string id) => GlobalLimits.OfModelConfig(id);

    protected override IEnumerable<GlobalLimit> Fitting(CatalogSnapshot catalog, AdminCall call)
    {
        var (search, provider) = (call.Query("search"), call.Query("provider"));
        return catalog.GlobalLimits.Where(limit => !GlobalLimits.IsProvider(limit)
                && (provider is null || limit.Provider == provider) && GovernanceDesk.Fits(search, limit.Model, limit.Provider))
            .OrderBy(limit => limit.Model, StringComparer.Ordinal).ThenBy(limit => limit.Id, StringComparer.Ordinal);
    }

    protected override GlobalLimit? Find(CatalogSnapshot catalog, string storeId) => GlobalLimits.Find(catalog, storeId);

    protected override GlobalLimit Blank(string storeId, AdminCall call) => new() { Id = storeId, CreatedAt = call.Now };

    protected override GlobalLimit Read(AdminCall call, GlobalLimit before, CatalogSnapshot catalog, bool isNew)
    {
        var fields = call.Fields();
        var limits = OwnedLimits.Read(fields, before.CalendarAligned, before.Budgets, before.RateLimit, call.NewId);
        var model = fields.Has("model_name") || isNew ? fields.RequiredText("model_name") ?? before.Model : before.Model;
        var provider = fields.Has("provider") ? KeyFields.Id(fields, "provider") ?? "*" : before.Provider;
        if (!isNew && (model != before.Model || provider != before.Provider))
            fields.Wrong(model == before.Model ? "provider" : "model_name", "cannot be changed; delete this model config and create another");
        if (provider != "*" && !catalog.Providers.ContainsKey(provider))
            fields.Wrong("provider", $"is '{provider}'; there are {string.Join(", ", catalog.Providers.Keys.Order(StringComparer.Ordinal))}");
        if (fields.Text("scope") is { } scope && scope != "global")
            fields.Wrong("scope", $"is '{scope}'; only global is served, give a virtual key limits in its own provider_configs");
        fields.Ignore("id", "scope_id", "scope_name", "created_at", "updated_at", "config_hash", "rate_limit_id");
        fields.End();
        if (catalog.GlobalLimits.Any(other => !GlobalLimits.IsProvider(other) && other.Id != before.Id && other.Model == model && other.Provider == provider))
            fields.Wrong("model_name", $"is '{model}', which another model config of the same provider limits; change that one");
        return before with
        {
            Model = model,
            Provider = provider,
            CalendarAligned = limits.Aligned,
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
            UpdatedAt = call.Now,
        };
    }

    protected override CatalogObject Stored(GlobalLimit item) => CatalogSeeds.Of(item);

    protected override ImmutableArray<Budget> BudgetsOf(GlobalLimit item) => item.Budgets;

    protected override void Write(Utf8JsonWriter json, GlobalLimit item, CatalogSnapshot catalog, LedgerNumbers numbers) =>
        OwnerJson.WriteModelConfig(json, item, numbers);
}
