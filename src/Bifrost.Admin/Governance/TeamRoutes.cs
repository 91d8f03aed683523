using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/teams</c>.</summary>
internal sealed class TeamRoutes(GovernanceEditor governance) : OwnerRoutes<Team>(governance)
{
    public override IEnumerable<AdminRoute> Routes => Crud("/api/governance/teams");

    protected override string Kind => CatalogKinds.Team;

    protected override string Word => "team";

    protected override string Field => "team";

    protected override string ListField => "teams";

    protected override IEnumerable<Team> Fitting(CatalogSnapshot catalog, AdminCall call)
    {
        var (search, customer) = (call.Query("search"), call.Query("customer_id"));
        return catalog.Teams.Values
            .Where(team => (customer is null || team.CustomerId == customer) && GovernanceEditor.Fits(search, team.Name, team.Id))
            .OrderBy(team => team.Name, StringComparer.OrdinalIgnoreCase).ThenBy(team => team.Id, StringComparer.Ordinal);
    }

    protected override Team? Find(CatalogSnapshot catalog, string storeId) => catalog.Teams.GetValueOrDefault(storeId);

    protected override Team Blank(string storeId, AdminCall call) => new() { Id = storeId, Name = "", CreatedAt = call.Now };

    protected override Team Read(AdminCall call, Team before, CatalogSnapshot catalog, bool isNew)
    {
        var fields = call.Fields();
        var team = OwnerReader.Read(fields, before, GovernanceEditor.Scope(call, catalog, isNew)) with { UpdatedAt = call.Now };
        if (catalog.Teams.Values.Any(other => other.Name == team.Name && other.Id != team.Id))
            fields.Error("name", $"is \"{team.Name}\", which another team has; names are unique");
        return team;
    }

    protected override CatalogObject Stored(Team item) => CatalogSeeds.Of(item);

    protected override ImmutableArray<Budget> BudgetsOf(Team item) => item.Budgets;

    protected override void Write(Utf8JsonWriter json, Team item, CatalogSnapshot catalog, LedgerNumbers numbers) =>
        OwnerJson.Write(json, item, catalog, numbers);

    /// <summary>Its keys would be without its limits from one moment to the next.</summary>
    protected override string? Holds(CatalogSnapshot catalog, string storeId)
    {
        var keys = catalog.VirtualKeys.Values.Count(key => key.TeamId == storeId);
        return keys == 0 ? null : $"The team has {keys} virtual key(s), which would lose its limits. Move or delete them first.";
    }
}
