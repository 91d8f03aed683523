using System.Collections.Frozen;
using System.Collections.Immutable;
using Bifrost.Catalog.Model;
using Bifrost.Catalog.Sheet;
using Bifrost.Cli;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Windows;

namespace Bifrost.Server.Configuration;

/// <summary>What runs without a configuration file: the simulator as provider, and one key with a budget and a rate limit.</summary>
internal static class DemoConfiguration
{
    public const string KeyId = "demo";

    /// <summary>Models that the demonstration shows; the simulator answers to many more.</summary>
    public static readonly ImmutableArray<string> Models = ["sim", "sim-echo", "sim-1kb", "sim-words-20", "sim-tools"];

    public static ServerConfiguration Make(DemoKey demo)
    {
        var price = new ModelPrice
        {
            InputNanosPerMillion = 150_000_000,
            OutputNanosPerMillion = 600_000_000,
            OutputTokensMax = 16_384,
            TokensPerByteMax = 1,
        };
        return new ServerConfiguration
        {
            OpenSimulator = true,
            Catalog = new CatalogSnapshot
            {
                Version = 1,
                Providers = CatalogBuilder.ByName(
                    [
                        new Provider
                        {
                            Name = SimulatorProvider.Name,
                            BaseUrl = SimulatorProvider.Unopened,
                            Keyless = true,
                            RawAllowed = true,
                            Billing = BillingProfiles.Find(SimulatorProvider.Name),
                        },
                    ]),
                VirtualKeys = new[] { Key(demo) }.ToFrozenDictionary(key => key.Id, StringComparer.Ordinal),
                Prices = Models.Append("*").ToFrozenDictionary(model => $"{SimulatorProvider.Name}/{model}", _ => price, StringComparer.OrdinalIgnoreCase),
            },
        };
    }

    private static VirtualKey Key(DemoKey demo) => new()
    {
        Id = KeyId,
        Name = "Demonstration",
        Secrets = [new KeySecret(Secrets.Hash(demo.Secret), null)],
        Providers = [new KeyProvider { Id = $"{KeyId}/{SimulatorProvider.Name}", Provider = SimulatorProvider.Name, Weight = 1 }],
        Budgets =
        [
            new Budget
            {
                Id = $"virtual_key:{KeyId}:1d",
                LimitNanos = 10 * Nanos.PerUsd,
                Period = new WindowPeriod(1, PeriodUnit.Day, CalendarAligned: false),
            },
        ],
        RateLimit = new RateLimit { RequestsMax = 100_000, TokensMax = 100_000_000 },
    };
}
