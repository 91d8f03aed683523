using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bifrost.Catalog.Model;
using Bifrost.Server.Configuration.Reading;

namespace Bifrost.Server.Configuration.Governing;

/// <summary>Reads virtual keys. Only the hash of a secret is kept (contract section 2).</summary>
internal sealed class VirtualKeyReader(Governance governance, LimitPool pool, IReadOnlyDictionary<string, Provider> providers)
{
    /// <summary>Bifrost's prefix; a secret without it opens only by the header <c>x-bf-vk</c>.</summary>
    public const string SecretPrefix = "sk-bf-";

    private readonly Dictionary<string, string> _namesBySecret = new(StringComparer.Ordinal);

    public void Read(Section section)
    {
        var id = section.RequiredText("id");
        if (AnonymousKey.Is(id)) section.Error("id", $"is \"{id}\"; ids that begin with {AnonymousKey.Prefix} are the gateway's own");
        var aligned = section.Flag("calendar_aligned") ?? false;
        var team = GovernanceReader.Reference(section, "team_id", governance.Teams.Keys, "teams");
        var customer = GovernanceReader.Reference(section, "customer_id", governance.Customers.Keys, "customers");
        if (team is not null && customer is not null)
            section.Error("customer_id", $"is \"{customer}\", and team_id is \"{team}\"; a key belongs to a team or to a customer, keep one");
        var limits = pool.Read(section, "virtual_key_id", id, $"virtual_key:{id}", aligned);
        var key = new VirtualKey
        {
            Id = id,
            Name = section.Text("name") ?? id,
            Description = section.Text("description") ?? "",
            IsActive = section.Flag("is_active") ?? true,
            ExpiresAt = Expiry(section),
            Secrets = Secret(section, id),
            TeamId = team,
            CustomerId = customer,
            Providers = ReadProviders(section, id, aligned),
            AllowAllProviders = section.Flag("allow_all_providers") ?? false,
            Budgets = limits.Budgets,
            RateLimit = limits.RateLimit,
            CallsInFlightMax = (int)(section.Whole("max_concurrent_requests", 0, 1_000_000) ?? 0),
        };
        if (key.Providers.Length == 0 && !key.AllowAllProviders)
            section.Warn("provider_configs", "names no provider, so the key may use none; add {\"provider\": …} or set allow_all_providers");
        section.Unused("mcp_configs", "disable_content_logging", "delete_after_expire", "access_profile_id");
        section.Silent("created_at", "updated_at", "created_by_user_id", "config_hash", "team", "customer");
        section.End();
        if (id.Length > 0 && !governance.VirtualKeys.TryAdd(id, key)) section.Error("id", $"is \"{id}\", which another virtual key has; ids are unique");
    }

    private ImmutableArray<KeySecret> Secret(Section section, string id)
    {
        var secret = section.Secret("value");
        if (!section.Has("value"))
            section.Error("value", $"is missing; write the secret that callers show, {SecretPrefix} and a random rest, or \"env.NAME\"");
        if (secret is null) return [];
        if (secret.Length < 8 || secret.AsSpan().ContainsAnyExceptInRange('!', '~'))
            section.Error("value", "is shorter than 8 characters or has characters that a header cannot carry");
        if (!secret.StartsWith(SecretPrefix, StringComparison.OrdinalIgnoreCase))
            section.Warn("value", $"does not begin with {SecretPrefix}, so it is accepted in the header x-bf-vk alone");
        if (!_namesBySecret.TryAdd(secret, id))
            section.Error("value", $"is the secret of {_namesBySecret[secret]} too; each key needs its own");
        return [new KeySecret(ImmutableArray.Create(SHA256.HashData(Encoding.UTF8.GetBytes(secret))), null)];
    }

    private static DateTimeOffset? Expiry(Section section)
    {
        var text = section.Text("expires_at");
        if (string.IsNullOrEmpty(text)) return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at))
            return at;
        section.Error("expires_at", $"is \"{text}\"; a time such as \"2027-01-31T00:00:00Z\" stands here");
        return null;
    }

    private ImmutableArray<KeyProvider> ReadProviders(Section key, string keyId, bool aligned)
    {
        var list = ImmutableArray.CreateBuilder<KeyProvider>();
        foreach (var section in key.Objects("provider_configs"))
        {
            var name = section.RequiredText("provider");
            Provider? provider = null;
            if (name.Length > 0 && !providers.TryGetValue(name, out provider))
                GovernanceReader.UnknownProvider(section, "provider", name, providers.Keys);
            if (list.Any(other => string.Equals(other.Provider, name, StringComparison.Ordinal)))
                section.Error("provider", $"is \"{name}\", which this key has already; one entry a provider");
            var id = section.Id("id");
            var limits = pool.Read(section, "provider_config_id", id, $"virtual_key:{keyId}:{name}", aligned);
            list.Add(new KeyProvider
            {
                Id = id ?? $"{keyId}/{name}",
                Provider = name,
                Weight = section.Number("weight", 0, 1_000_000),
                AllowedModels = NameListReader.Read(section, "allowed_models") ?? NameList.All,
                BlacklistedModels = NameListReader.Read(section, "blacklisted_models", emptyMayMeanAll: false) ?? NameList.None,
                KeyIds = KeyIds(section, provider),
                Budgets = limits.Budgets,
                RateLimit = limits.RateLimit,
            });
            section.Silent("virtual_key_id", "config_hash");
            section.End();
        }

        return list.ToImmutable();
    }

    /// <summary>Provider keys by id or name; unknown ones are reported, since a key that matches none can never be used.</summary>
    private static NameList KeyIds(Section section, Provider? provider)
    {
        var all = section.Flag("allow_all_keys") ?? false;
        var member = section.Has("allowed_keys") ? "allowed_keys" : "key_ids";
        var ids = NameListReader.Read(section, member);
        section.Silent("keys", "key_ids", "allowed_keys");
        if (all || ids is null || ids.IsAll || provider is null) return all || ids is null ? NameList.All : ids;
        var found = new List<string>();
        foreach (var id in ids.Names)
        {
            var key = provider.Keys.FirstOrDefault(one => one.Id == id) ?? provider.Keys.FirstOrDefault(one => one.Name == id);
            if (key is not null)
                found.Add(key.Id);
            else
                section.Error(member, $"has \"{id}\", which is no key of {provider.Name}; there are: {string.Join(", ", provider.Keys.Select(one => one.Id))}");
        }

        return new NameList(found);
    }
}
