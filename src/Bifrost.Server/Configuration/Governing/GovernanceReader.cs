using Bifrost.Catalog.Model;
using Bifrost.Server.Configuration.Reading;

namespace Bifrost.Server.Configuration.Governing;

/// <summary>Reads <c>governance</c>: customers, teams, virtual keys and the limits of providers and models.</summary>
internal static class GovernanceReader
{
    public static Governance Read(Section? section, IReadOnlyDictionary<string, Provider> providers)
    {
        var governance = new Governance();
        if (section is null) return governance;
        var pool = new LimitPool(section);
        foreach (var one in section.Objects("customers")) ReadCustomer(one, governance, pool);
        foreach (var one in section.Objects("teams")) ReadTeam(one, governance, pool);
        var keys = new VirtualKeyReader(governance, pool, providers);
        foreach (var one in section.Objects("virtual_keys")) keys.Read(one);
        foreach (var one in section.Objects("providers")) ReadProviderLimit(one, governance, pool, providers);
        foreach (var one in section.Objects("model_configs")) ReadModelLimit(one, governance, pool, providers);
        pool.WarnOfUnused();
        section.Unused("routing_rules", "pricing_overrides", "auth_config", "complexity_analyzer_config", "business_units", "roles", "users");
        section.End();
        return governance;
    }

    private static void ReadCustomer(Section section, Governance governance, LimitPool pool)
    {
        var id = section.RequiredText("id");
        var limits = pool.Read(section, "customer_id", id, $"customer:{id}", section.Flag("calendar_aligned") ?? false);
        var customer = new Customer
        {
            Id = id,
            Name = section.Text("name") ?? id,
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
        };
        section.Silent("description", "config_hash");
        section.End();
        if (id.Length > 0 && !governance.Customers.TryAdd(id, customer)) section.Error("id", $"is \"{id}\", which another customer has; ids are unique");
    }

    private static void ReadTeam(Section section, Governance governance, LimitPool pool)
    {
        var id = section.RequiredText("id");
        var limits = pool.Read(section, "team_id", id, $"team:{id}", section.Flag("calendar_aligned") ?? false);
        var team = new Team
        {
            Id = id,
            Name = section.Text("name") ?? id,
            CustomerId = Reference(section, "customer_id", governance.Customers.Keys, "customers"),
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
        };
        section.Silent("description", "config_hash", "virtual_key_count", "source_id", "profile", "config", "claims");
        section.Unused("business_unit_id");
        section.End();
        if (id.Length > 0 && !governance.Teams.TryAdd(id, team)) section.Error("id", $"is \"{id}\", which another team has; ids are unique");
    }

    private static void ReadProviderLimit(
        Section section, Governance governance, LimitPool pool, IReadOnlyDictionary<string, Provider> providers)
    {
        var name = section.Text("name") ?? section.Text("provider") ?? section.RequiredText("name");
        if (name.Length > 0 && !providers.ContainsKey(name)) UnknownProvider(section, section.Has("name") ? "name" : "provider", name, providers.Keys);
        var limits = pool.Read(section, "provider_id", null, $"provider:{name}", section.Flag("calendar_aligned") ?? false);
        if (limits.Budgets.Length > 0 || limits.RateLimit is not null)
            governance.GlobalLimits.Add(new GlobalLimit { Id = $"provider:{name}", Provider = name, Budgets = limits.Budgets, RateLimit = limits.RateLimit });
        section.Silent("id", "description", "config_hash", "status");
        section.Unused("send_back_raw_request", "send_back_raw_response", "store_raw_request_response", "network_config", "proxy_config",
            "custom_provider_config", "concurrency_and_buffer_size", "openai_config");
        section.End();
    }

    private static void ReadModelLimit(
        Section section, Governance governance, LimitPool pool, IReadOnlyDictionary<string, Provider> providers)
    {
        var id = section.RequiredText("id");
        var model = section.RequiredText("model_name");
        var provider = section.Text("provider");
        if (provider is not null && !providers.ContainsKey(provider)) UnknownProvider(section, "provider", provider, providers.Keys);
        if (section.Text("scope") is { } scope && scope != "global")
            section.Error("scope", $"is \"{scope}\"; only global is supported, give a virtual key its own provider_configs limits instead");
        section.Silent("scope_name", "config_hash");
        var limits = pool.Read(section, "model_config_id", id, $"model:{id}", section.Flag("calendar_aligned") ?? false);
        if (section.Text("scope_id") is not null) section.Warn("scope_id", "has no effect for the scope global");
        section.End();
        if (governance.GlobalLimits.Exists(other => other.Id == $"model:{id}"))
            section.Error("id", $"is \"{id}\", which another model config has; ids are unique");
        governance.GlobalLimits.Add(new GlobalLimit
        {
            Id = $"model:{id}",
            Provider = provider ?? "*",
            Model = model,
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
        });
    }

    /// <summary>An id of another object; null after a report when there is no such object.</summary>
    internal static string? Reference(Section section, string member, IReadOnlyCollection<string> known, string list)
    {
        var id = section.Text(member);
        if (string.IsNullOrEmpty(id)) return null;
        if (known.Contains(id)) return id;
        var near = NearestName.To(id, known);
        section.Error(member, $"is \"{id}\", which governance.{list} does not have" + (near is null ? "; add it there" : $"; did you mean {near}?"));
        return null;
    }

    internal static void UnknownProvider(Section section, string member, string name, IEnumerable<string> known)
    {
        var near = NearestName.To(name, known);
        section.Error(member, $"is \"{name}\", which is not among the providers" + (near is null
            ? $"; there are: {string.Join(", ", known.Order(StringComparer.Ordinal))}"
            : $"; did you mean {near}?"));
    }
}
