using System.Collections.Immutable;
using Bifrost.Catalog.Json;
using Bifrost.Catalog.Model;

namespace Bifrost.Server.Configuration.Governing;

/// <summary>
/// Reads <c>governance</c>: the lists of customers, teams, virtual keys and limits of providers and models, each object by the reader that
/// the admin API uses. What a file's object has is its id and, for a key, its secret.
/// </summary>
internal sealed class GovernanceReader
{
    private readonly Governance _governance = new();
    private readonly GovernanceScope _scope;
    private readonly Dictionary<string, string> _idsBySecret = new(StringComparer.Ordinal);

    private GovernanceReader(LimitPool pool, IReadOnlyDictionary<string, Provider> providers) => _scope = new GovernanceScope
    {
        Providers = providers,
        TeamIds = _governance.Teams.Keys,
        CustomerIds = _governance.Customers.Keys,
        Limits = pool,
    };

    public static Governance Read(Section? section, IReadOnlyDictionary<string, Provider> providers)
    {
        if (section is null) return new Governance();
        var pool = new LimitPool(section);
        var reader = new GovernanceReader(pool, providers);
        foreach (var one in section.Objects("customers")) reader.ReadCustomer(one);
        foreach (var one in section.Objects("teams")) reader.ReadTeam(one);
        foreach (var one in section.Objects("virtual_keys")) reader.ReadKey(one);
        foreach (var one in section.Objects("providers")) reader.ReadProviderLimit(one);
        foreach (var one in section.Objects("model_configs")) reader.ReadModelConfig(one);
        pool.WarnOfUnused();
        section.Unused("routing_rules", "pricing_overrides", "auth_config", "complexity_analyzer_config", "business_units", "roles", "users");
        section.End();
        return reader._governance;
    }

    // The objects of a file leave CalendarAligned unset: it would change the hash of what the file says, and every object that says it
    // would be written over the changes of admins.
    private void ReadCustomer(Section section)
    {
        var id = section.RequiredText("id");
        var customer = OwnerReader.Read(section, new Customer { Id = id, Name = id }, _scope) with { CalendarAligned = false };
        Add(section, _governance.Customers, id, customer, "customer");
    }

    private void ReadTeam(Section section)
    {
        var id = section.RequiredText("id");
        var team = OwnerReader.Read(section, new Team { Id = id, Name = id }, _scope) with { CalendarAligned = false };
        Add(section, _governance.Teams, id, team, "team");
    }

    private void ReadKey(Section section)
    {
        var id = section.RequiredText("id");
        if (AnonymousKey.Is(id)) section.Error("id", $"is \"{id}\"; ids that begin with {AnonymousKey.Prefix} are the gateway's own");
        var blank = new VirtualKey { Id = id, Name = id, Secrets = Secret(section, id) };
        var key = VirtualKeyReader.Read(section, blank, _scope) with { CalendarAligned = false };
        if (key.Providers.Length == 0 && !key.AllowAllProviders)
            section.Warn("provider_configs", "names no provider, so the key may use none; add {\"provider\": …} or set allow_all_providers");
        Add(section, _governance.VirtualKeys, id, key, "virtual key");
    }

    private void ReadProviderLimit(Section section)
    {
        var name = section.Text("name") ?? section.Text("provider") ?? section.RequiredText("name");
        var blank = new GlobalLimit { Id = GlobalLimits.OfProvider(name), Provider = name };
        var limit = OwnerReader.ReadProviderLimit(section, blank, _scope) with { CalendarAligned = false };
        if (limit.Budgets.Length > 0 || limit.RateLimit is not null) _governance.GlobalLimits.Add(limit);
    }

    private void ReadModelConfig(Section section)
    {
        var id = section.RequiredText("id");
        var blank = new GlobalLimit { Id = GlobalLimits.OfModelConfig(id) };
        var limit = OwnerReader.ReadModelConfig(section, blank, _scope) with { CalendarAligned = false };
        if (_governance.GlobalLimits.Exists(other => other.Id == limit.Id))
            section.Error("id", $"is \"{id}\", which another model config has; ids are unique");
        _governance.GlobalLimits.Add(limit);
    }

    private static void Add<T>(Section section, Dictionary<string, T> all, string id, T one, string word)
    {
        if (id.Length > 0 && !all.TryAdd(id, one)) section.Error("id", $"is \"{id}\", which another {word} has; ids are unique");
    }

    /// <summary>Only the hash of a secret is kept (contract section 2).</summary>
    private ImmutableArray<KeySecret> Secret(Section section, string id)
    {
        var secret = section.Secret("value");
        if (!section.Has("value"))
            section.Error("value", $"is missing; write the secret that callers show, {Secrets.VirtualKeyPrefix} and a random rest, or \"env.NAME\"");
        if (secret is null) return [];
        if (secret.Length < 8 || secret.AsSpan().ContainsAnyExceptInRange('!', '~'))
            section.Error("value", "is shorter than 8 characters or has characters that a header cannot carry");
        if (secret.StartsWith(AdminToken.SecretPrefix, StringComparison.OrdinalIgnoreCase))
            section.Error("value", $"begins with {AdminToken.SecretPrefix}, as admin tokens do; a virtual key must be none, write another one");
        else if (!secret.StartsWith(Secrets.VirtualKeyPrefix, StringComparison.OrdinalIgnoreCase))
            section.Warn("value", $"does not begin with {Secrets.VirtualKeyPrefix}, so it is accepted in the header x-bf-vk alone");
        if (!_idsBySecret.TryAdd(secret, id))
            section.Error("value", $"is the secret of {_idsBySecret[secret]} too; each key needs its own");
        return [new KeySecret(Secrets.Hash(secret), null)];
    }
}
