using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/providers</c>: limits of a whole provider whoever calls it. A PUT makes them where there are none.</summary>
internal sealed class ProviderLimitRoutes(GovernanceEditor governance) : OwnerRoutes<GlobalLimit>(governance)
{
    private const string Root = "/api/governance/providers";

    public override IEnumerable<AdminRoute> Routes =>
    [
        AdminRoute.Get(Root, ListAsync),
        AdminRoute.Get(Root + "/{name}", GetAsync),
        AdminRoute.Put(Root + "/{name}", call => SaveAsync(call, StoreIdOf(call.Id), isNew: null)),
        AdminRoute.Delete(Root + "/{name}", DeleteAsync),
    ];

    protected override string Kind => CatalogKinds.GlobalLimit;

    protected override string Word => "limit of a provider";

    protected override string Field => "provider";

    protected override string ListField => "providers";

    protected override string StoreIdOf(string id) => GlobalLimits.OfProvider(id);

    protected override IEnumerable<GlobalLimit> Fitting(CatalogSnapshot catalog, AdminCall call) =>
        catalog.GlobalLimits.Where(GlobalLimits.IsProvider).OrderBy(limit => limit.Provider, StringComparer.Ordinal);

    protected override GlobalLimit? Find(CatalogSnapshot catalog, string storeId) => GlobalLimits.Find(catalog, storeId);

    protected override GlobalLimit Blank(string storeId, AdminCall call) => new() { Id = storeId, Provider = call.Id, CreatedAt = call.Now };

    protected override GlobalLimit Read(AdminCall call, GlobalLimit before, CatalogSnapshot catalog, bool isNew) =>
        OwnerReader.ReadProviderLimit(call.Fields(), before, GovernanceEditor.Scope(call, catalog, isNew)) with { UpdatedAt = call.Now };

    protected override CatalogObject Stored(GlobalLimit item) => CatalogSeeds.Of(item);

    protected override ImmutableArray<Budget> BudgetsOf(GlobalLimit item) => item.Budgets;

    protected override void Write(Utf8JsonWriter json, GlobalLimit item, CatalogSnapshot catalog, LedgerNumbers numbers) =>
        OwnerJson.WriteProviderLimit(json, item, numbers);
}
