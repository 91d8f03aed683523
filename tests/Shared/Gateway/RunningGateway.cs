using System.Text;
using Bifrost.Server.Composition;
using Bifrost.Server.Configuration;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Testing;

/// <summary>
/// The real server in this process on a free port, with a recording simulator as its upstream. One serves most tests; each tells its
/// own calls apart by a model name of its own (<see cref="Tagged"/>).
/// </summary>
public sealed class RunningGateway : IAsyncLifetime
{
    /// <summary>May use every provider and model.</summary>
    public const string OpenKey = "sk-bf-open-0123456789abcdef";

    /// <summary>May use the model sim-echo of sim alone.</summary>
    public const string NarrowKey = "sk-bf-narrow-0123456789abcdef";

    /// <summary>Is inactive.</summary>
    public const string OffKey = "sk-bf-off-0123456789abcdef";

    /// <summary>Has expired.</summary>
    public const string ExpiredKey = "sk-bf-expired-0123456789abcdef";

    /// <summary>Has a budget that pays for nothing.</summary>
    public const string PoorKey = "sk-bf-poor-0123456789abcdef";

    /// <summary>May make one request an hour.</summary>
    public const string RareKey = "sk-bf-rare-0123456789abcdef";

    /// <summary>Without the prefix: opens by x-bf-vk alone.</summary>
    public const string OldKey = "old-style-key-0123456789";

    /// <summary>The provider key that must never reach a caller.</summary>
    public const string ProviderSecret = "sk-upstream-secret-0123456789";

    private static int s_tag;

    private WebApplication? _simulator;
    private GatewayServer? _server;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Eventually.Limit };

    public Uri Address => _server!.Address;

    public Uri Simulator => SimulatorHost.AddressOf(_simulator!);

    /// <summary>A model name that no other test uses, of the same meaning; none is the beginning of another.</summary>
    public static string Tagged(string model) => $"{model}-tag-g{Interlocked.Increment(ref s_tag)}e";

    public async ValueTask InitializeAsync()
    {
        _simulator = SimulatorHost.Create(new SimulatorOptions { RecordedCallsMax = 20_000 });
        await _simulator.StartAsync();
        _server = await StartAsync(Configuration(Simulator));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        if (_simulator is not null) await _simulator.DisposeAsync();
    }

    /// <summary>Another gateway on another port, from a configuration of the test's own.</summary>
    internal static async Task<GatewayServer> StartAsync(string json)
    {
        var (configuration, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), _ => null);
        Assert.Empty(errors);
        var data = Directory.CreateTempSubdirectory("bifrost-gateway-");
        var stored = configuration! with { Store = configuration.Store with { Path = Path.Combine(data.FullName, "bifrost.db") } };
        return await GatewayServer.StartAsync(
            new StartOptions { Urls = "http://127.0.0.1:0", DataFolder = data.FullName }, stored, TestContext.Current.CancellationToken);
    }

    internal static string Configuration(Uri simulator, string client = "{}") => $$$"""
        {
          "client": {{{client}}},
          "providers": {
            "sim": { "network_config": { "base_url": "{{{simulator}}}", "default_request_timeout_in_seconds": 120, "stream_idle_timeout_in_seconds": 120 },
                     "send_back_raw_request": true, "circuit_breaker": { "minimum_throughput": 1000000 } },
            "idle-2s": { "network_config": { "base_url": "{{{simulator}}}", "default_request_timeout_in_seconds": 120, "stream_idle_timeout_in_seconds": 2 },
                     "custom_provider_config": { "base_provider_type": "openai", "is_key_less": true }, "circuit_breaker": { "minimum_throughput": 1000000 } },
            "silent-2s": { "network_config": { "base_url": "{{{simulator}}}", "default_request_timeout_in_seconds": 2 },
                     "custom_provider_config": { "base_provider_type": "openai", "is_key_less": true }, "circuit_breaker": { "minimum_throughput": 1000000 } },
            "openai": { "network_config": { "base_url": "{{{simulator}}}" }, "keys": [{ "name": "main", "value": "{{{ProviderSecret}}}" }],
                        "circuit_breaker": { "minimum_throughput": 1000000 } },
            "twice": { "network_config": { "base_url": "{{{simulator}}}", "max_retries": 2, "retry_backoff_initial": 1, "retry_backoff_max": 2 },
                       "custom_provider_config": { "base_provider_type": "openai", "is_key_less": true }, "circuit_breaker": { "minimum_throughput": 1000000 } }
          },
          "governance": { "virtual_keys": [
            { "id": "open", "value": "{{{OpenKey}}}", "allow_all_providers": true },
            { "id": "narrow", "value": "{{{NarrowKey}}}", "provider_configs": [{ "provider": "sim", "weight": 1, "allowed_models": ["sim-echo"] }] },
            { "id": "off", "value": "{{{OffKey}}}", "allow_all_providers": true, "is_active": false },
            { "id": "expired", "value": "{{{ExpiredKey}}}", "allow_all_providers": true, "expires_at": "2020-01-01T00:00:00Z" },
            { "id": "poor", "value": "{{{PoorKey}}}", "allow_all_providers": true, "budgets": [{ "max_limit": 0.000001, "reset_duration": "1d" }] },
            { "id": "rare", "value": "{{{RareKey}}}", "allow_all_providers": true,
              "rate_limit": { "request_max_limit": 1, "request_reset_duration": "1h", "token_max_limit": 1000000, "token_reset_duration": "1h" } },
            { "id": "old", "value": "{{{OldKey}}}", "allow_all_providers": true }
          ] },
          "pricing": {
            "sim/sim-echo": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6, "max_output_tokens": 1000 },
            "openai/gpt-4o": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 }
          }
        }
        """;
}

/// <summary>The one gateway that tests share.</summary>
[CollectionDefinition]
public sealed class SharedGateway : ICollectionFixture<RunningGateway>;
