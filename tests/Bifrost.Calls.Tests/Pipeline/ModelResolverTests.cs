using System.Collections.Frozen;
using System.Collections.Immutable;
using Bifrost.Calls.Pipeline;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Tests.Pipeline;

public class ModelResolverTests
{
    private static readonly CatalogSnapshot Catalog = new()
    {
        Providers = new[] { Configured("openai"), Configured("sim"), Configured("other") }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal),
    };

    [Theory]
    [InlineData("sim/m", "sim", "m")]
    [InlineData("sim/org/m", "sim", "org/m")]
    [InlineData("org/m", "openai", "org/m")]
    [InlineData("m", "openai", "m")]
    [InlineData("/m", "openai", "/m")]
    [InlineData("sim/", "openai", "sim/")]
    public void Splits_at_the_first_slash_behind_a_configured_provider(string model, string provider, string name) =>
        Assert.Equal([provider + "|" + name], Resolve(model, defaultProvider: "openai"));

    [Fact]
    public void Names_the_providers_where_a_bare_model_has_none()
    {
        var key = Key() with { Providers = [new KeyProvider { Provider = "sim" }, new KeyProvider { Provider = "openai" }] };

        var error = Refuse("m", key: key);

        Assert.Equal((400, "invalid_request_error", "model"), (error.Status, error.Type, error.Param));
        Assert.Contains("openai, sim.", error.Message);
        Assert.DoesNotContain("other", error.Message);
    }

    [Fact]
    public void A_default_provider_that_is_not_configured_is_none() => Assert.Equal("model", Refuse("m", defaultProvider: "absent").Param);

    [Fact]
    public void Draws_a_bare_models_provider_by_weight()
    {
        var key = Key() with { Providers = [Weighted("sim", 3), Weighted("other", 1), Weighted("openai", null)] };
        var resolver = new ModelResolver(new Random(11), 16);
        var firsts = Enumerable.Range(0, 4_000).Select(_ => Resolve("m", key: key, resolver: resolver)[0]).CountBy(n => n).ToDictionary();

        Assert.Equal(["other|m", "sim|m"], firsts.Keys.Order());
        Assert.InRange(firsts["sim|m"], 2_850, 3_150);
    }

    [Fact]
    public void Falls_back_to_the_other_weighted_providers_only_where_the_request_names_none()
    {
        var key = Key() with { Providers = [Weighted("sim", 5), Weighted("openai", 1), Weighted("other", 3)] };

        Assert.Equal(["sim|m", "other|m", "openai|m"], Resolve("m", key: key));
        Assert.Equal(["sim|m", "openai|x"], Resolve("m", ["openai/x"], key));
    }

    [Fact]
    public void Skips_providers_that_deny_the_model_or_have_no_key_for_it()
    {
        var key = Key() with
        {
            Providers =
            [
                Weighted("sim", 1) with { AllowedModels = NameList.None },
                Weighted("openai", 1) with { BlacklistedModels = new NameList(["m"]) },
                Weighted("other", 1) with { AllowedModels = new NameList(["m"]) },
            ],
        };

        Assert.Equal(["other|m"], Resolve("m", key: key, defaultProvider: "openai"));

        var keyless = Configured("other") with { Keys = [new ProviderKey { Id = "k", Name = "k", Value = "s", Models = new NameList(["x"]) }] };
        var catalog = Catalog with { Providers = new[] { keyless, Configured("openai") }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal) };
        Assert.Equal(["openai|m"], Resolve("m", key: key, defaultProvider: "openai", catalog: catalog));
    }

    [Fact]
    public void A_weight_of_nothing_at_all_still_finds_a_provider() =>
        Assert.Equal(["sim|m", "other|m"], Resolve("m", key: Key() with { Providers = [Weighted("sim", 0), Weighted("other", 0)] }));

    [Theory]
    [InlineData("m")]
    [InlineData("absent/m")]
    [InlineData("sim/")]
    [InlineData("")]
    public void Refuses_a_fallback_that_names_no_configured_provider(string fallback) =>
        Assert.Equal((400, "fallbacks"), (Refuse("sim/m", [fallback]).Status, Refuse("sim/m", [fallback]).Param));

    [Fact]
    public void Bounds_the_targets_after_repetitions_are_gone()
    {
        var resolver = new ModelResolver(new FixedRandom(0), 3);

        Assert.Equal(["sim|m", "sim|a", "sim|b"], Resolve("sim/m", ["sim/a", "sim/m", "sim/a", "sim/b"], resolver: resolver));
        Assert.False(resolver.TryResolve(Catalog, null, "sim/m", ["sim/a", "sim/b", "sim/c"], null, out _, out var error));
        Assert.Equal("fallbacks", error!.Param);
    }

    [Fact]
    public void Lists_obey_their_stars_and_blacklists()
    {
        Assert.False(KeyAccess.Allows(new KeyProvider { Provider = "p", AllowedModels = new NameList([]) }, "m"));
        Assert.True(KeyAccess.Allows(new KeyProvider { Provider = "p", AllowedModels = new NameList(["*"]) }, "m"));
        Assert.False(KeyAccess.Allows(new KeyProvider { Provider = "p", BlacklistedModels = new NameList(["*"]) }, "m"));
        Assert.False(KeyAccess.Allows(new KeyProvider { Provider = "p", AllowedModels = new NameList(["m"]), BlacklistedModels = new NameList(["m"]) }, "m"));
    }

    private static string[] Resolve(
        string model, string[]? fallbacks = null, VirtualKey? key = null, string? defaultProvider = null, ModelResolver? resolver = null, CatalogSnapshot? catalog = null)
    {
        resolver ??= new ModelResolver(new FixedRandom(0), 16);
        Assert.True(resolver.TryResolve(catalog ?? Catalog, key, model, [.. fallbacks ?? []], defaultProvider, out var targets, out var error), error?.Message);
        return [.. targets.Select(t => t.Provider.Name + "|" + t.Model)];
    }

    private static GatewayError Refuse(string model, string[]? fallbacks = null, VirtualKey? key = null, string? defaultProvider = null)
    {
        Assert.False(new ModelResolver(new FixedRandom(0), 16)
            .TryResolve(Catalog, key, model, (fallbacks ?? []).ToImmutableArray(), defaultProvider, out var targets, out var error));
        Assert.Empty(targets);
        return error!;
    }

    private static KeyProvider Weighted(string provider, int? weight) => new() { Provider = provider, Weight = weight };

    private static VirtualKey Key() => new() { Id = "vk", Name = "vk", Secrets = [] };

    private static Provider Configured(string name) => new()
    {
        Name = name,
        BaseUrl = new Uri("http://localhost"),
        Keys = [new ProviderKey { Id = "k", Name = "k", Value = "s" }],
    };
}
