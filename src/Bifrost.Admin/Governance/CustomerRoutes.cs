using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/customers</c>.</summary>
internal sealed class CustomerRoutes(GovernanceEditor governance) : OwnerRoutes<Customer>(governance)
{
    public override IEnumerable<AdminRoute> Routes => Crud("/api/governance/customers");

    protected override string Kind => CatalogKinds.Customer;

    protected override string Word => "customer";

    protected override string Field => "customer";

    protected override string ListField => "customers";

    protected override IEnumerable<Customer> Fitting(CatalogSnapshot catalog, AdminCall call)
    {
        var search = call.Query("search");
        return catalog.Customers.Values.Where(customer => GovernanceEditor.Fits(search, customer.Name, customer.Id))
            .OrderBy(customer => customer.Name, StringComparer.OrdinalIgnoreCase).ThenBy(customer => customer.Id, StringComparer.Ordinal);
    }

    protected override Customer? Find(CatalogSnapshot catalog, string storeId) => catalog.Customers.GetValueOrDefault(storeId);

    protected override Customer Blank(string storeId, AdminCall call) => new() { Id = storeId, Name = "", CreatedAt = call.Now };

    protected override Customer Read(AdminCall call, Customer before, CatalogSnapshot catalog, bool isNew)
    {
        var fields = call.Fields();
        var customer = OwnerReader.Read(fields, before, GovernanceEditor.Scope(call, catalog, isNew)) with { UpdatedAt = call.Now };
        if (catalog.Customers.Values.Any(other => other.Name == customer.Name && other.Id != customer.Id))
            fields.Error("name", $"is \"{customer.Name}\", which another customer has; names are unique");
        return customer;
    }

    protected override CatalogObject Stored(Customer item) => CatalogSeeds.Of(item);

    protected override ImmutableArray<Budget> BudgetsOf(Customer item) => item.Budgets;

    protected override void Write(Utf8JsonWriter json, Customer item, CatalogSnapshot catalog, LedgerNumbers numbers) =>
        OwnerJson.Write(json, item, catalog, numbers);

    protected override string? Holds(CatalogSnapshot catalog, string storeId)
    {
        var keys = catalog.VirtualKeys.Values.Count(key => key.CustomerId == storeId);
        var teams = catalog.Teams.Values.Count(team => team.CustomerId == storeId);
        return keys + teams == 0
            ? null
            : $"The customer has {teams} team(s) and {keys} virtual key(s), which would lose its limits. Move or delete them first.";
    }
}
