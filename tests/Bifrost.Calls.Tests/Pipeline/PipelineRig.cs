using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Bifrost.Calls.Accounting;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Pipeline;
using Bifrost.Calls.Telemetry;
using Bifrost.Catalog.Model;
using Bifrost.Chat.Envelope;
using Bifrost.Keys.Admission;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Calls.Tests.Pipeline;

/// <summary>
/// A pipeline between a fake key and fake providers p and q, under a clock that the test moves. When the test is over, everything that
/// was admitted must have been settled exactly once and nothing may be drained any more.
/// </summary>
internal sealed class PipelineRig : IAsyncDisposable
{
    private readonly Dictionary<string, FakeProviderGrain> _providers = [];
    private ChatPipeline? _pipeline;
    private CallMeter? _meter;

    public FakeTimeProvider Time { get; } = new();
    public FakeKeyGrain Key { get; } = new();
    public PipelineOptions Options { get; set; } = new();
    public GovernanceSettings Settings { get; set; } = GovernanceSettings.Default;
    public Random Random { get; set; } = new FixedRandom(0.5);

    /// <summary>Applied to every provider's configuration.</summary>
    public Func<Provider, Provider> Configure { get; set; } = p => p;

    /// <summary>Applied to the prices of p/m and q/m.</summary>
    public Func<ModelPrice, ModelPrice> Priced { get; set; } = price => price;

    /// <summary>Prices beside those, by provider/model.</summary>
    public Dictionary<string, ModelPrice> OtherPrices { get; } = [];

    public TestMeters Meters { get; } = new();

    public CallMeterOptions MeterOptions { get; init; } = new();

    public VirtualKey VirtualKey { get; set; } = new() { Id = "vk", Name = "vk", Secrets = [], AllowAllProviders = true };

    public FakeProviderGrain P => ProviderOf("p");
    public FakeProviderGrain Q => ProviderOf("q");

    public SettleTracker Settles { get; private set; } = null!;

    public ChatPipeline Pipeline => _pipeline ??= Build();

    public CatalogHolder Catalog { get; } = new();

    public FakeBook Book { get; } = new();

    public Settlement OnlySettlement => Assert.Single(Key.Settlements);

    public FakeProviderGrain ProviderOf(string name)
    {
        if (!_providers.TryGetValue(name, out var provider)) _providers.Add(name, provider = new FakeProviderGrain());
        return provider;
    }

    public Task<ChatResult> RunAsync(
        string model = "p/m", string[]? fallbacks = null, bool stream = false, bool includeUsage = false, CancellationToken client = default, string extra = "") =>
        Pipeline.RunAsync(Call(model, fallbacks, stream, includeUsage, extra), client).InTimeAsync();

    public static ChatCall Call(string model = "p/m", string[]? fallbacks = null, bool stream = false, bool includeUsage = false, string extra = "")
    {
        var body = new StringBuilder($$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{new string('x', 200)}}"}]{{extra}}""");
        if (stream) body.Append(",\"stream\":true");
        if (includeUsage) body.Append(",\"stream_options\":{\"include_usage\":true}");
        if (fallbacks is not null) body.Append(",\"fallbacks\":").Append(JsonSerializer.Serialize(fallbacks));
        body.Append('}');
        Assert.True(ChatEnvelope.TryParse(Encoding.UTF8.GetBytes(body.ToString()), ChatLimits.Default, out var envelope, out var error), error?.Message);
        return new ChatCall
        {
            Envelope = envelope!,
            Caller = new Caller { VirtualKeyId = "vk" },
            RequestId = "r1",
            JobId = "j1",
        };
    }

    /// <summary>A prompt token costs 1 000, an output token 2 000 nano-dollars.</summary>
    public static ModelPrice Price { get; } = new() { InputNanosPerMillion = 1_000_000_000, OutputNanosPerMillion = 2_000_000_000 };

    /// <summary>Providers that do this when the connection closes.</summary>
    public static Func<Provider, Provider> Closing(ClosingRule rule, bool onLeave = false) =>
        provider => provider with { Billing = new BillingProfile { Closing = rule }, ClosesOnLeave = onLeave };

    /// <summary>Completes when everything admitted is settled; the test's clock need not move.</summary>
    public async Task SettledAsync() =>
        Assert.Equal(0, await Settles.DrainAsync(TimeSpan.FromSeconds(1)).InTimeAsync());

    public async ValueTask DisposeAsync()
    {
        if (_pipeline is null) return;
        await SettledAsync();
        for (var i = 0; i < 1_000 && _pipeline.Drains.Count > 0; i++) await Task.Yield();
        Assert.Equal(0, _pipeline.Drains.Count);
        Assert.All(Key.Tickets, ticket => Assert.Single(Key.Settlements, s => s.Ticket.AttemptId == ticket.AttemptId));
        Assert.Equal(Key.Tickets.Count, Key.Tickets.DistinctBy(ticket => ticket.AttemptId).Count());
    }

    private ChatPipeline Build()
    {
        var providers = _providers.Keys.Append("p").Append("q").Distinct()
            .ToFrozenDictionary(name => name, name => Configure(Configured(name)), StringComparer.Ordinal);
        Catalog.Swap(new CatalogSnapshot
        {
            Version = 1,
            Providers = providers,
            VirtualKeys = new[] { VirtualKey }.ToFrozenDictionary(k => k.Id, StringComparer.Ordinal),
            Prices = new Dictionary<string, ModelPrice>(OtherPrices) { ["p/m"] = Priced(Price), ["q/m"] = Priced(Price) }
                .ToFrozenDictionary(StringComparer.Ordinal),
            Settings = Settings,
        });
        _meter = new CallMeter(Meters, Time, MeterOptions);
        Settles = new SettleTracker(Options, Time, NullLogger<SettleTracker>.Instance, _meter);
        var grains = GrainFactoryProxy.Of((type, key) => type == typeof(IVirtualKeyGrain) ? Key
            : type == typeof(IProviderGrain) ? ProviderOf(key)
            : throw new InvalidOperationException($"No grain {type} expected."));
        return new ChatPipeline(
            new ProviderReferences(grains, Time), new KeyReferences(grains), Catalog, Book, Settles, Options, Time, Random, NullLogger<ChatPipeline>.Instance, new CallMetrics(Meters),
            meter: _meter);
    }

    private static Provider Configured(string name) => new()
    {
        Name = name,
        BaseUrl = new Uri("http://localhost"),
        Keys = [new ProviderKey { Id = "k1", Name = "k1", Value = "s1" }, new ProviderKey { Id = "k2", Name = "k2", Value = "s2" }],
    };
}

/// <summary>Always the same number.</summary>
internal sealed class FixedRandom(double sample) : Random
{
    public override double NextDouble() => sample;
}
