using System.Text.Json;
using Bifrost.Admin.Http;
using Bifrost.Admin.Reading;
using Bifrost.Admin.Writing;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;

namespace Bifrost.Admin.Governance;

/// <summary><c>/api/governance/teams</c>.</summary>
internal sealed class TeamRoutes(GovernanceDesk governance) : OwnerRoutes<Team>(governance)
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
            .Where(team => (customer is null || team.CustomerId == customer) && GovernanceDesk.Fits(search, team.Name, team.Id))
            .OrderBy(team => team.Name, StringComparer.OrdinalIgnoreCase).ThenBy(team => team.Id, StringComparer.Ordinal);
    }

    protected override Team? Find(CatalogSnapshot catalog, string storeId) => catalog.Teams.GetValueOrDefault(storeId);

    protected override Team Blank(string storeId, AdminCall call) => new() { Id = storeId, Name = "", CreatedAt = call.Now };

    protected override Team Read(AdminCall call, Team before, CatalogSnapshot catalog, bool isNew)
    {
        var fields = call.Fields();
        var limits = OwnedLimits.Read(fields, before.CalendarAligned, before.Budgets, before.RateLimit, call.NewId);
        var customer = fields.Has("customer_id") ? KeyFields.Id(fields, "customer_id") : before.CustomerId;
        if (customer is not null && !catalog.Customers.ContainsKey(customer))
            fields.Wrong("customer_id", $"is '{customer}', and there is no such customer; create it first");
        var team = before with
        {
            Name = fields.Has("name") || isNew ? fields.RequiredText("name") ?? before.Name : before.Name,
            CustomerId = customer,
            CalendarAligned = limits.Aligned,
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
            UpdatedAt = call.Now,
        };
        fields.Ignore("id", "customer", "virtual_key_count", "created_at", "updated_at", "config_hash", "rate_limit_id", "profile", "config", "claims");
        fields.End();
        if (catalog.Teams.Values.Any(other => other.Name == team.Name && other.Id != team.Id))
            fields.Wrong("name", $"is '{team.Name}', which another team has; names are unique");
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
