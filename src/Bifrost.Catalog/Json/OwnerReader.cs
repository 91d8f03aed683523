using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>Reads customers, teams and global limits over what they are. What the object does not name stays.</summary>
public static class OwnerReader
{
    public static Customer Read(Section section, Customer before, GovernanceScope scope)
    {
        var limits = scope.LimitsOf(section, new("customer_id", before.Id, $"customer:{before.Id}"), LimitsOf(before));
        var customer = before with
        {
            Name = scope.NameOf(section, before.Name),
            CalendarAligned = limits.Aligned,
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
        };
        section.Silent("config_hash");
        if (section.IsBody) section.Silent("id", "teams", "virtual_keys", "created_at", "updated_at", "rate_limit_id");
        else section.Silent("description");
        section.End();
        return customer;
    }

    public static Team Read(Section section, Team before, GovernanceScope scope)
    {
        var limits = scope.LimitsOf(section, new("team_id", before.Id, $"team:{before.Id}"), LimitsOf(before));
        var customer = section.IsNamed("customer_id") ? GovernanceScope.IdOf(section, "customer_id") : before.CustomerId;
        GovernanceScope.CheckReference(section, "customer_id", customer, scope.CustomerIds, "customer");
        var team = before with
        {
            Name = scope.NameOf(section, before.Name),
            CustomerId = customer,
            CalendarAligned = limits.Aligned,
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
        };
        section.Silent("config_hash", "virtual_key_count", "profile", "config", "claims");
        if (section.IsBody) section.Silent("id", "customer", "created_at", "updated_at", "rate_limit_id");
        else
        {
            section.Silent("description", "source_id");
            section.Unused("business_unit_id");
        }

        section.End();
        return team;
    }

    /// <summary>A model config: the limits of a model, of all providers or of one.</summary>
    public static GlobalLimit ReadModelConfig(Section section, GlobalLimit before, GovernanceScope scope)
    {
        var id = GlobalLimits.ModelConfigId(before);
        var limits = scope.LimitsOf(section, new("model_config_id", id, before.Id), LimitsOf(before));
        var model = section.IsNamed("model_name") || scope.IsNew ? section.RequiredText("model_name") : before.Model;
        var provider = section.IsNamed("provider") ? section.Text("provider") ?? "*" : before.Provider;
        var isAny = provider == "*" && (section.IsBody || !section.Has("provider"));
        if (provider.Length == 0 && section.IsBody) (provider, isAny) = ("*", true);
        var isSameModel = string.Equals(model, before.Model, StringComparison.OrdinalIgnoreCase);
        if (!scope.IsNew && (!isSameModel || !string.Equals(provider, before.Provider, StringComparison.OrdinalIgnoreCase)))
            section.Error(isSameModel ? "provider" : "model_name", "cannot be changed; delete this model config and create another");
        if (!isAny) scope.ProviderOf(section, "provider", provider);
        if (section.Text("scope") is { } over && over != "global")
            section.Error("scope", $"is \"{over}\"; only global is served, give a virtual key limits in its own provider_configs");
        section.Silent("scope_id", "scope_name", "config_hash");
        if (section.IsBody) section.Silent("id", "created_at", "updated_at", "rate_limit_id");
        else if (section.Text("scope_id") is not null) section.Warn("scope_id", "has no effect for the scope global");
        section.End();
        return Limited(before, limits) with { Provider = provider, Model = model };
    }

    /// <summary>The limits of a whole provider, which <paramref name="before"/> names.</summary>
    public static GlobalLimit ReadProviderLimit(Section section, GlobalLimit before, GovernanceScope scope)
    {
        var name = before.Provider;
        if (name.Length > 0) scope.ProviderOf(section, !section.IsBody && section.Has("name") ? "name" : "provider", name);
        var limits = scope.LimitsOf(section, new("provider_id", null, before.Id), LimitsOf(before));
        section.Silent("config_hash");
        if (section.IsBody) section.Silent("provider", "created_at", "updated_at", "rate_limit_id");
        else
        {
            section.Silent("id", "description", "status");
            section.Unused("send_back_raw_request", "send_back_raw_response", "store_raw_request_response", "network_config", "proxy_config",
                "custom_provider_config", "concurrency_and_buffer_size", "openai_config");
        }

        section.End();
        return Limited(before, limits);
    }

    private static GlobalLimit Limited(GlobalLimit limit, OwnedLimits by) =>
        limit with { CalendarAligned = by.Aligned, Budgets = by.Budgets, RateLimit = by.RateLimit };

    private static OwnedLimits LimitsOf(Customer owner) => new(owner.CalendarAligned, owner.Budgets, owner.RateLimit);

    private static OwnedLimits LimitsOf(Team owner) => new(owner.CalendarAligned, owner.Budgets, owner.RateLimit);

    private static OwnedLimits LimitsOf(GlobalLimit owner) => new(owner.CalendarAligned, owner.Budgets, owner.RateLimit);
}
