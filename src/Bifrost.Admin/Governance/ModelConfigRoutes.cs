using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/model-configs</c>: limits of a model whoever calls it.</summary>
internal sealed class ModelConfigRoutes(GovernanceEditor governance) : OwnerRoutes<GlobalLimit>(governance)
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
                && (provider is null || string.Equals(limit.Provider, provider, StringComparison.OrdinalIgnoreCase))
                && GovernanceEditor.Fits(search, limit.Model, limit.Provider))
            .OrderBy(limit => limit.Model, StringComparer.Ordinal).ThenBy(limit => limit.Id, StringComparer.Ordinal);
    }

    protected override GlobalLimit? Find(CatalogSnapshot catalog, string storeId) => GlobalLimits.Find(catalog, storeId);

    protected override GlobalLimit Blank(string storeId, AdminCall call) => new() { Id = storeId, CreatedAt = call.Now };

    protected override GlobalLimit Read(AdminCall call, GlobalLimit before, CatalogSnapshot catalog, bool isNew)
    {
        var fields = call.Fields();
        var read = OwnerReader.ReadModelConfig(fields, before, GovernanceEditor.Scope(call, catalog, isNew)) with { UpdatedAt = call.Now };
        if (catalog.GlobalLimits.Any(other => IsAnother(other, read)))
            fields.Error("model_name", $"is \"{read.Model}\", which another model config of the same provider limits; change that one");
        return read;
    }

    private static bool IsAnother(GlobalLimit other, GlobalLimit than) =>
        !GlobalLimits.IsProvider(other) && other.Id != than.Id
        && string.Equals(other.Model, than.Model, StringComparison.OrdinalIgnoreCase)
        && string.Equals(other.Provider, than.Provider, StringComparison.OrdinalIgnoreCase);

    protected override CatalogObject Stored(GlobalLimit item) => CatalogSeeds.Of(item);

    protected override ImmutableArray<Budget> BudgetsOf(GlobalLimit item) => item.Budgets;

    protected override void Write(Utf8JsonWriter json, GlobalLimit item, CatalogSnapshot catalog, LedgerNumbers numbers) =>
        OwnerJson.WriteModelConfig(json, item, numbers);
}
