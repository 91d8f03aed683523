using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using Bifrost.Catalog.Loading;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Store;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Tests.Loading;

/// <summary>What a configuration says goes into the store and comes out of it the same.</summary>
public class CatalogLoading
{
    private static readonly WindowPeriod s_day = new(1, PeriodUnit.Day, CalendarAligned: true);

    private static readonly CatalogSnapshot s_configured = new()
    {
        Version = 1,
        Providers = new[] { new Provider { Name = "p", BaseUrl = new Uri("http://p.test"), Keys = [new ProviderKey { Id = "k", Name = "k", Value = "upstream-secret" }] } }
            .ToFrozenDictionary(provider => provider.Name),
        Customers = new[] { new Customer { Id = "c", Name = "C", Budgets = [Budget("b-c", 5)] } }.ToFrozenDictionary(customer => customer.Id),
        Teams = new[] { new Team { Id = "t", Name = "T", CustomerId = "c", Budgets = [Budget("b-t", 4)] } }.ToFrozenDictionary(team => team.Id),
        VirtualKeys = new[]
        {
            new VirtualKey
            {
                Id = "v",
                Name = "V",
                Description = "d",
                IsActive = false,
                ExpiresAt = new DateTimeOffset(2027, 1, 2, 3, 4, 5, TimeSpan.Zero),
                Secrets = [new KeySecret([.. Enumerable.Range(0, 32).Select(i => (byte)i)], null)],
                TeamId = "t",
                Providers =
                [
                    new KeyProvider
                    {
                        Id = "v/p", Provider = "p", Weight = 0.25m, AllowedModels = new NameList(["a", "b"]), BlacklistedModels = new NameList(["x"]),
                        KeyIds = NameList.None, Budgets = [Budget("b-vp", 2)], RateLimit = new RateLimit { RequestsMax = 7 },
                    },
                ],
                Budgets = [Budget("b-v", 3)],
                RateLimit = new RateLimit { TokensMax = 9, TokenPeriod = s_day },
                CallsInFlightMax = 4,
            },
        }.ToFrozenDictionary(key => key.Id),
        GlobalLimits = [new GlobalLimit { Id = "g", Provider = "p", Budgets = [Budget("b-g", 6)] }, new GlobalLimit { Id = "m", Model = "a", Budgets = [Budget("b-m", 7)] }],
        Prices = new Dictionary<string, ModelPrice>
        {
            ["p/a"] = new() { InputNanosPerMillion = 1, OutputNanosPerMillion = 2, CacheReadNanosPerMillion = 3, Tiers = [new PriceTier { AbovePromptTokens = 200_000, InputNanosPerMillion = 4, OutputNanosPerMillion = 5 }] },
        }.ToFrozenDictionary(),
        Settings = new GovernanceSettings { Clamp = ClampRule.Never },
    };

    [Fact]
    public void Everything_comes_out_as_it_went_in()
    {
        var read = new CatalogMirror(s_configured, FrozenDictionary<string, ModelPrice>.Empty).Apply(Stored(s_configured, 42));
        Assert.Equal(42, read.Version);
        Assert.Equivalent(s_configured.Customers.Values, read.Customers.Values, strict: true);
        Assert.Equivalent(s_configured.Teams.Values, read.Teams.Values, strict: true);
        Assert.Equivalent(s_configured.Prices["p/a"], read.Prices["p/a"], strict: true);
        Assert.Equivalent(s_configured.GlobalLimits.OrderBy(limit => limit.Id), read.GlobalLimits.OrderBy(limit => limit.Id), strict: true);
        Assert.Same(s_configured.Providers, read.Providers);
        Assert.Equal(ClampRule.Never, read.Settings.Clamp);

        var (was, key) = (s_configured.VirtualKeys["v"], read.VirtualKeys["v"]);
        Assert.Equal((was.Description, was.IsActive, was.ExpiresAt, was.TeamId, was.CallsInFlightMax), (key.Description, key.IsActive, key.ExpiresAt, key.TeamId, key.CallsInFlightMax));
        Assert.Equal(was.Secrets[0].Hash, key.Secrets[0].Hash);
        Assert.Equal((was.RateLimit, was.Budgets[0]), (key.RateLimit, key.Budgets[0]));
        var (wasConfig, config) = (was.Providers[0], key.Providers[0]);
        Assert.Equal((wasConfig.Id, wasConfig.Weight, wasConfig.RateLimit, wasConfig.Budgets[0]), (config.Id, config.Weight, config.RateLimit, config.Budgets[0]));
        Assert.Equal(["a", "b"], config.AllowedModels.Names.Order());
        Assert.True(config.BlacklistedModels.Contains("x"));
        Assert.True(config.KeyIds.IsEmpty);
    }

    [Fact]
    public void Budgets_take_the_id_and_the_limit_that_the_store_has()
    {
        var rows = Stored(s_configured, 1);
        rows = rows with { Budgets = [.. rows.Budgets.Select(row => row with { Id = "stored-" + row.Id, LimitNanos = 99 })] };
        var budget = Assert.Single(new CatalogMirror(s_configured, FrozenDictionary<string, ModelPrice>.Empty).Apply(rows).VirtualKeys["v"].Budgets);
        Assert.Equal(("stored-b-v", 99), (budget.Id, budget.LimitNanos));
    }

    [Fact]
    public void What_was_deleted_or_retired_is_gone()
    {
        var rows = Stored(s_configured, 1);
        rows = rows with
        {
            Objects = [.. rows.Objects.Select(row => row.Key.Id == "t" ? row with { Deleted = true, Json = default } : row)],
            Budgets = [.. rows.Budgets.Select(row => row.Id == "b-c" ? row with { Retired = true } : row)],
        };
        var read = new CatalogMirror(s_configured, FrozenDictionary<string, ModelPrice>.Empty).Apply(rows);
        Assert.Empty(read.Teams);
        Assert.Empty(read.Customers["c"].Budgets);
    }

    [Fact]
    public void Providers_and_their_secrets_are_not_stored()
    {
        Assert.DoesNotContain(CatalogSeeds.Of(s_configured), seed => seed.Object.Key.Kind == CatalogKinds.Provider);
        Assert.DoesNotContain(CatalogSeeds.Of(s_configured), seed => Encoding.UTF8.GetString(seed.Object.Json.Span).Contains("upstream-secret", StringComparison.Ordinal));
    }

    [Fact]
    public void The_hash_changes_with_the_object_its_state_and_its_budgets_and_with_nothing_else()
    {
        var key = s_configured.VirtualKeys["v"];
        Assert.Equal(HashOf(key), HashOf(key with { }));
        Assert.NotEqual(HashOf(key), HashOf(key with { Name = "other" }));
        Assert.NotEqual(HashOf(key), HashOf(key with { IsActive = true }));
        Assert.NotEqual(HashOf(key), HashOf(key with { Budgets = [Budget("b-v", 4)] }));
        Assert.NotEqual(HashOf(key), HashOf(key with { Budgets = [] }));
    }

    [Fact]
    public void A_member_that_an_older_version_did_not_write_keeps_its_default()
    {
        var rows = Stored(s_configured, 1);
        const string old = """{"id":"v","name":"V","secrets":[]}""";
        rows = rows with { Objects = [.. rows.Objects.Select(row => row.Key.Kind == CatalogKinds.VirtualKey ? row with { Json = Encoding.UTF8.GetBytes(old) } : row)] };
        var key = new CatalogMirror(s_configured, FrozenDictionary<string, ModelPrice>.Empty).Apply(rows).VirtualKeys["v"];
        Assert.True(key.IsActive);
        Assert.Empty(key.Providers);
    }

    [Fact]
    public void An_upgrade_that_added_a_member_let_the_file_undo_what_admins_had_changed()
    {
        // The hash is of what was said. Were members at their default in it, it would change with every member that a version adds.
        Assert.Equal("""{"id":"v","name":"V","secrets":[]}""", Said(new VirtualKey { Id = "v", Name = "V", Secrets = [] }));
        Assert.Equal("""{"id":"t","name":"T"}""", Said(new Team { Id = "t", Name = "T", Budgets = ImmutableArray.Create<Budget>() }));
        Assert.Equal("""{"id":"c","name":"C"}""", Said(new Customer { Id = "c", Name = "C" }));
        Assert.Equal("""{"id":"g"}""", Said(new GlobalLimit { Id = "g", Provider = "*" }));
        Assert.Equal("""{"input_nanos_per_million":0,"output_nanos_per_million":2}""", Said(new ModelPrice { InputNanosPerMillion = 0, OutputNanosPerMillion = 2 }));
        Assert.Equal("""{"id":"v/p","provider":"p"}""", Said(new KeyProvider { Id = "v/p", Provider = "p", AllowedModels = new NameList(["*"]) }));
        Assert.Equal("""{"requests_max":0}""", Said(new RateLimit { RequestsMax = 0 }));

        static string Said<T>(T said) => Encoding.UTF8.GetString(SaidJson.Write(said));
    }

    private static string HashOf(VirtualKey key) => Convert.ToHexString(
        CatalogSeeds.Of(CatalogSnapshot.Empty with { VirtualKeys = new[] { key }.ToFrozenDictionary(one => one.Id) })[0].Hash.AsSpan());

    private static Budget Budget(string id, long usd) => new() { Id = id, LimitNanos = usd * Nanos.PerUsd, Period = s_day };

    /// <summary>What a store answers after it has taken the seeds.</summary>
    private static CatalogRows Stored(CatalogSnapshot catalog, long version)
    {
        var seeds = CatalogSeeds.Of(catalog);
        return new CatalogRows
        {
            Version = version,
            Objects = [.. seeds.Select(seed => new CatalogRow { Key = seed.Object.Key, Json = seed.Object.Json, Active = seed.Object.Active, Deleted = false, Version = version })],
            Budgets =
            [
                .. from seed in seeds
                   where !seed.Object.Budgets.IsDefault
                   from spec in seed.Object.Budgets
                   select new BudgetRow
                   {
                       Id = spec.Id!, Object = seed.Object.Key, Level = spec.Level, OwnerId = spec.OwnerId, Period = spec.Period,
                       LimitNanos = spec.LimitNanos, Retired = false, Version = version,
                   },
            ],
        };
    }
}
