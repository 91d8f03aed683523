using Bifrost.Catalog.Model;

namespace Bifrost.Catalog.Json;

/// <summary>
/// Reads a virtual key over what it is. What the object does not name stays. Secrets are not read here: a file's are the configuration's,
/// and a body has none.
/// </summary>
public static class VirtualKeyReader
{
    private const int DescriptionCharsMax = 4_096;
    private const int TimeCharsMax = 64;
    private const int CallsInFlightMost = 1_000_000;

    public static VirtualKey Read(Section section, VirtualKey before, GovernanceScope scope)
    {
        if (section.IsBody && section.Text("value") is { } value && value != KeyJson.Masked)
            section.Error("value", "cannot be set; the gateway makes secrets, see POST …/rotate");
        var limits = new OwnedLimits(before.CalendarAligned, before.Budgets, before.RateLimit).AlignedBy(section);
        var key = before with
        {
            CalendarAligned = limits.Aligned,
            Name = scope.NameOf(section, before.Name),
            Description = section.IsNamed("description") ? section.Text("description", DescriptionCharsMax) ?? "" : before.Description,
            IsActive = section.Flag("is_active") ?? before.IsActive,
            AllowAllProviders = section.Flag("allow_all_providers") ?? before.AllowAllProviders,
            CallsInFlightMax = section.IsNamed("max_concurrent_requests")
                ? (int)(section.Whole("max_concurrent_requests", 0, CallsInFlightMost) ?? 0)
                : before.CallsInFlightMax,
            ExpiresAt = section.IsNamed("expires_at") ? Expiry(section, before.ExpiresAt, scope.Now) : before.ExpiresAt,
        };
        limits = scope.Limits.Read(section, new("virtual_key_id", key.Id, $"virtual_key:{key.Id}"), limits);
        key = key with
        {
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
            Providers = section.IsNamed("provider_configs") ? KeyProviderReader.Read(section, before, limits.Aligned, scope) : before.Providers,
        };
        key = Owner(section, key, scope);
        EndOf(section);
        return key;
    }

    /// <summary>A new time must lie ahead; the one that the key has already may be past.</summary>
    private static DateTimeOffset? Expiry(Section section, DateTimeOffset? before, DateTimeOffset? now)
    {
        if (section.Text("expires_at", TimeCharsMax) is not { Length: > 0 } text) return null;
        if (!Times.TryParse(text, out var at))
            section.Error("expires_at", $"is \"{text}\"; a time such as \"2027-01-31T00:00:00Z\" stands here, or \"\" for none");
        else if (before is { } had && Times.Format(had) == Times.Format(at)) return had;
        else if (at <= now) section.Error("expires_at", $"is {Times.Format(at)}, which is past; write a later time, or set is_active to false");
        return at;
    }

    /// <summary>A key belongs to a team or to a customer: naming one moves it there.</summary>
    private static VirtualKey Owner(Section section, VirtualKey key, GovernanceScope scope)
    {
        var team = GovernanceScope.IdOf(section, "team_id");
        var customer = GovernanceScope.IdOf(section, "customer_id");
        if (team is not null && customer is not null)
            section.Error("customer_id", $"is \"{customer}\", and team_id is \"{team}\"; a key belongs to a team or to a customer, keep one");
        GovernanceScope.CheckReference(section, "team_id", team, scope.TeamIds, "team");
        GovernanceScope.CheckReference(section, "customer_id", customer, scope.CustomerIds, "customer");
        if (team is not null) return key with { TeamId = team, CustomerId = null };
        if (customer is not null) return key with { TeamId = null, CustomerId = customer };
        return key with
        {
            TeamId = section.IsNamed("team_id") ? null : key.TeamId,
            CustomerId = section.IsNamed("customer_id") ? null : key.CustomerId,
        };
    }

    private static void EndOf(Section section)
    {
        ReadOnlySpan<string> ofBifrost = ["mcp_configs", "disable_content_logging", "delete_after_expire", "access_profile_id"];
        section.Silent("created_at", "updated_at", "config_hash", "created_by_user_id", "team", "customer");
        if (section.IsBody)
        {
            section.Silent("id", "value", "previous_value_valid_until", "rate_limit_id", "calls_in_flight");
            section.Silent([.. ofBifrost]);
        }
        else section.Unused([.. ofBifrost]);

        section.End();
    }
}
