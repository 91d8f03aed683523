using System.Collections.Frozen;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Simulation.Attackers;

/// <summary>
/// What is configured in one seed: upstreams with models that differ in all that a bound rests on, keys of two teams of one customer, and
/// budgets at all six levels.
/// </summary>
internal sealed class AttackCatalog
{
    private static readonly string[] s_providers = ["openai", "deepseek", "sim", "own", "vllm"];

    private readonly Random _random;
    private readonly List<AttackModel> _models = [];
    private readonly Dictionary<string, Budget> _budgets = new(StringComparer.Ordinal);
    private readonly AttackFlaw _flaw;
    private readonly DateTimeOffset _now;

    public AttackCatalog(Random random, AttackFlaw flaw, DateTimeOffset now, bool someDataIsWrong)
    {
        (_random, _flaw, _now) = (random, flaw, now);
        var first = random.Next(s_providers.Length);
        var providers = Enumerable.Range(0, 2).Select(i => ProviderOf(s_providers[(first + i) % s_providers.Length])).ToArray();
        foreach (var provider in providers)
            for (var i = 0; i < 2; i++) _models.Add(ModelOf(provider, $"m{i}"));
        if (someDataIsWrong) _models[0] = Misjudged(_models[0]);
        var key = _models.Count;
        _models.Add(HonestOf(providers[0]));
        Snapshot = new CatalogSnapshot
        {
            Providers = providers.ToFrozenDictionary(static provider => provider.Name, StringComparer.Ordinal),
            Prices = _models.ToFrozenDictionary(static model => model.FullName, static model => model.Price, StringComparer.OrdinalIgnoreCase),
            Customers = new[] { new Customer { Id = "c", Name = "c", Budgets = Budgets("customer", 1_500, 4_000) } }.ToFrozenDictionary(static c => c.Id),
            Teams = new[] { "t0", "t1" }.Select(id => new Team { Id = id, Name = id, CustomerId = "c", Budgets = Budgets(id, 800, 3_000) })
                .ToFrozenDictionary(static team => team.Id),
            VirtualKeys = Keys.Select((id, i) => KeyOf(id, "t" + (i % 2), providers)).ToFrozenDictionary(static k => k.Id, StringComparer.Ordinal),
            GlobalLimits =
            [
                .. providers.Select(p => new GlobalLimit { Id = "g-" + p.Name, Provider = p.Name, Budgets = Budgets("provider-" + p.Name, 1_000, 3_000) }),
                .. _models.Take(key).Select(m => new GlobalLimit
                {
                    Id = "g-" + m.FullName, Provider = m.Provider.Name, Model = m.Name, Budgets = Budgets("model-" + m.FullName, 400, 2_000),
                }),
            ],
            Settings = GovernanceSettings.Default with
            {
                Clamp = (ClampRule)random.Next(4),
                OutputTokensDefault = random.Next(2) == 0 ? 2_000 : 16_384,
            },
        };
    }

    /// <summary>Callers that attack, and the honest one.</summary>
    public static ImmutableArray<string> Keys { get; } = ["k0", "k1", "k2", "honest"];

    public CatalogSnapshot Snapshot { get; }
    public IReadOnlyList<AttackModel> Models => _models;

    /// <summary>The one model that an honest caller uses; it tells the truth.</summary>
    public AttackModel Honest => _models[^1];

    public IEnumerable<BudgetDefinition> Definitions => _budgets.Values.Select(static budget => new BudgetDefinition
    {
        Id = budget.Id, Level = BudgetLevel.Team, OwnerId = budget.Id, Period = budget.Period, LimitNanos = budget.LimitNanos,
    });

    public AttackModel ModelOf(string provider, string model) => _models.Single(m => m.Provider.Name == provider && m.Name == model);

    /// <summary>The limit of a budget that holds bounds; null for one that holds estimates.</summary>
    public long? BoundLimitOf(string budgetId) => _budgets[budgetId] is { Admission: AdmissionRule.Bound } budget ? budget.LimitNanos : null;

    private Provider ProviderOf(string name)
    {
        var billing = BillingProfiles.Find(name);
        if (_flaw == AttackFlaw.RunsOnForgotten && billing.Closing == ClosingRule.RunsOn) billing = billing with { Closing = ClosingRule.Stops };
        return new Provider
        {
            Name = name,
            BaseUrl = new Uri("http://localhost"),
            Keyless = true,
            Billing = billing,
            RetriesMax = _random.Next(2),
            RetryBackoffInitialMs = 50,
            ClosesOnLeave = _random.Next(4) == 0,
        };
    }

    private AttackModel ModelOf(Provider provider, string name)
    {
        var input = _random.Next(200, 4_000) * 1_000_000L;
        var output = input * _random.Next(1, 6);
        var price = new ModelPrice
        {
            InputNanosPerMillion = input,
            OutputNanosPerMillion = output,
            CacheWriteNanosPerMillion = Some(input * 5 / 4),
            CacheReadNanosPerMillion = Some(input / 10),
            ReasoningNanosPerMillion = _random.Next(4) == 0 ? output * 3 / 2 : null,
            RequestNanos = _random.Next(4) == 0 ? 5_000_000 : null,
            SearchQueryNanos = _random.Next(3) == 0 ? 1_000_000 : null,
            AlwaysSearches = _random.Next(3) == 0 ? true : null,
            OutputTokensMax = Pick(null, 300, 1_000, 4_096, 16_384),
            PromptTokensMax = Pick(null, 2_000, 20_000, 100_000),
            TokensPerByteMax = Pick(null, 1, 1, 3),
            SchemaFactorMax = Pick(null, 1, 2),
            ImageTokensMax = Pick(null, 85, 1_000),
            TokensPerSecondMax = Pick(null, 60, 400, 100_000),
            Thinks = _random.Next(3) == 0,
            OutputLimit = (OutputLimitRule)(_random.Next(8) switch { 0 => 1, 1 => 2, _ => 0 }),
            Tokenizer = _random.Next(5) == 0 ? "o200k_base" : null,
            Tiers = _random.Next(4) > 0 ? [] :
                [new PriceTier { AbovePromptTokens = 1_000, InputNanosPerMillion = input * 2, OutputNanosPerMillion = output * 2 }],
        };
        price = price with { ServiceTiers = [TierOf(price, "priority", 2), TierOf(price, "flex", 0.5m)] };

        // Dearer from a moment of the seed on.
        var rises = _now.AddSeconds(_random.Next(5, 60));
        if (_random.Next(5) == 0)
            price = price with { ValidTo = rises, OtherTimes = [Times(price, 2) with { ValidFrom = rises }] };
        return new AttackModel
        {
            Provider = provider,
            Name = name,
            Price = price,
            Lie = (UsageLie)_random.Next(Enum.GetValues<UsageLie>().Length),
            IsShort = _random.Next(3) == 0,
            Closing = BillingProfiles.Find(provider.Name).Closing,
        };
    }

    /// <summary>A model whose row of the sheet says too little, which its usage then shows.</summary>
    private AttackModel Misjudged(AttackModel model)
    {
        var ignores = _random.Next(2) == 0;
        var price = model.Price with
        {
            OutputTokensMax = 4_096, PromptTokensMax = 100_000, OutputLimit = OutputLimitRule.Binds, Tokenizer = null, SearchQueryNanos = null,
        };
        return model with { Price = price, Lie = UsageLie.None, IgnoresLimit = ignores, PromptTimes = ignores ? 1 : _random.Next(2, 7) };
    }

    private static AttackModel HonestOf(Provider provider) => new()
    {
        Provider = provider,
        Name = "honest",
        Lie = UsageLie.None,
        Closing = BillingProfiles.Find(provider.Name).Closing,
        Price = new ModelPrice
        {
            InputNanosPerMillion = 100_000_000,
            OutputNanosPerMillion = 300_000_000,
            OutputTokensMax = 1_000,
            PromptTokensMax = 20_000,
            TokensPerByteMax = 1,
            TokensPerSecondMax = 1_000,
        },
    };

    private VirtualKey KeyOf(string id, string team, Provider[] providers) => new()
    {
        Id = id,
        Name = id,
        TeamId = team,
        Secrets = [new KeySecret(AttackWorld.HashOf(id), null)],
        Budgets = Budgets(id, 300, 2_000),
        Providers = [.. providers.Select(p => new KeyProvider { Provider = p.Name, Weight = 1, Budgets = Budgets($"{id}-{p.Name}", 200, 1_500) })],
    };

    /// <summary>One budget, or none, or two of different windows. Limits in thousandths of a dollar.</summary>
    private ImmutableArray<Budget> Budgets(string owner, int from, int to)
    {
        if (_random.Next(6) == 0) return [];
        var scale = 1_000_000L / (_random.Next(3) == 0 ? 8 : 2);
        var budget = new Budget
        {
            Id = owner,
            LimitNanos = _random.NextInt64(from, to) * scale,
            Period = _random.Next(5) == 0 ? new WindowPeriod(40, PeriodUnit.Second, false) : new WindowPeriod(1, PeriodUnit.Year, false),
            Admission = _flaw == AttackFlaw.HoldsTheEstimate || _random.Next(12) == 0 ? AdmissionRule.Estimate : AdmissionRule.Bound,
        };
        _budgets[owner] = _flaw == AttackFlaw.HoldsTheEstimate ? budget with { Admission = AdmissionRule.Bound } : budget;
        return [budget];
    }

    private static ServiceTier TierOf(ModelPrice price, string name, decimal factor) => new(name, Times(price, factor));

    private static ModelPrice Times(ModelPrice price, decimal factor)
    {
        return price with
        {
            InputNanosPerMillion = (long)(price.InputNanosPerMillion * factor),
            OutputNanosPerMillion = (long)(price.OutputNanosPerMillion * factor),
            CacheWriteNanosPerMillion = Of(price.CacheWriteNanosPerMillion),
            CacheReadNanosPerMillion = Of(price.CacheReadNanosPerMillion),
            ReasoningNanosPerMillion = Of(price.ReasoningNanosPerMillion),
            Tiers = [.. price.Tiers.Select(t => t with
            {
                InputNanosPerMillion = (long)(t.InputNanosPerMillion * factor), OutputNanosPerMillion = (long)(t.OutputNanosPerMillion * factor),
            })],
            ServiceTiers = [.. price.ServiceTiers.Select(t => t with { Price = Times(t.Price, factor) })],
        };

        long? Of(long? nanos) => nanos is { } known ? (long)(known * factor) : null;
    }

    private long? Some(long nanos) => _random.Next(3) == 0 ? nanos : null;

    private int? Pick(params int?[] of) => of[_random.Next(of.Length)];
}
