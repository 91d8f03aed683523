using System.Text;
using System.Text.Json;
using Bifrost.Ledger.Money;

namespace Bifrost.KillTest;

/// <summary>Keys, budgets, models and prices of the proof. Every key calls models of its own names, so that the upstream's bill tells keys apart.</summary>
internal static class Scenario
{
    public const int OutputTokensMax = 300;

    /// <summary>Prices that need rounding in every call.</summary>
    public static ModelPrice Price { get; } = new()
    {
        InputNanosPerMillion = 1_234_567_000,
        OutputNanosPerMillion = 3_456_789_000,
        CacheReadNanosPerMillion = 345_678_000,
    };

    /// <summary>Five whose limits differ, and as many further ones as the run asks for.</summary>
    public static string[] Keys { get; private set; } = ["k0", "k1", "k2", "k3", "k4"];

    /// <summary>
    /// What is called: plain and paced answers, faults before, within and after the answer, usage that never comes, and errors that state a usage
    /// (charged) or none, with an error status and under a 200.
    /// </summary>
    public static string[] Models { get; } =
    [
        "sim-1kb-delay-20ms", "sim-echo-cached-8", "sim-1kb-paced-16x20ms", "sim-512b-paced-8x40ms", "sim-every-3-500", "sim-1kb-chunks-8-cut-after-3",
        "sim-1kb-every-2-error-after-2", "sim-1kb-cached-8-every-2-error-after-2-charged", "sim-512b-every-3-503-charged", "sim-512b-every-2-error-200",
        "sim-256b-no-usage", "sim-words-20-usage-always",
    ];

    /// <summary>Called once, before anything reads <see cref="Keys"/>.</summary>
    public static void Use(int keys) => Keys = [.. Enumerable.Range(0, Math.Max(keys, Keys.Length)).Select(i => $"k{i}")];

    public static string Secret(string key) => $"sk-bf-kill-{key}-0123456789abcdef";

    public static string Model(string model, string key) => $"{model}-tag-{key}";

    public static string KeyOf(string model) => model[(model.LastIndexOf('-') + 1)..];

    /// <summary>
    /// Budgets of a customer, teams and keys: wide ones, and some that the load runs against. One has short windows.
    /// </summary>
    /// <param name="simulator">The upstream.</param>
    /// <param name="store">JSON of <c>store</c>.</param>
    /// <param name="more">Further sections, each with a comma at its end: of a cluster, whose silos tell of their stop before it.</param>
    /// <param name="requestSeconds">The longest call: what a silo that died left held is in doubt a minute after it.</param>
    public static string Configuration(Uri simulator, string store, string more = "", int requestSeconds = 600)
    {
        var prices = new StringBuilder();
        foreach (var key in Keys)
            foreach (var model in Models)
                prices.Append(prices.Length == 0 ? "" : ",\n").Append(JsonSerializer.Serialize("sim/" + Model(model, key))).Append(
                    """: { "input_cost_per_token": 1.234567e-6, "output_cost_per_token": 3.456789e-6, "cache_read_input_token_cost": 3.45678e-7 }""");
        return $$"""
            {
              "store": {{store}},
              {{more}}
              "limits": { "unpriced": "refuse", "drain_seconds": 10, "notice_seconds": {{(more.Length == 0 ? 0 : 2)}}, "request_seconds": {{requestSeconds}} },
              "providers": { "sim": {
                "network_config": { "base_url": "{{simulator}}", "max_retries": 1, "retry_backoff_initial": 5, "retry_backoff_max": 10 },
                "circuit_breaker": { "minimum_throughput": 1000000 } } },
              "governance": {
                "customers": [{ "id": "acme", "name": "Acme", "budgets": [{ "id": "b-acme", "max_limit": 1000, "reset_duration": "1M" }] }],
                "teams": [
                  { "id": "wide", "name": "Wide", "customer_id": "acme", "budgets": [{ "id": "b-wide", "max_limit": 500, "reset_duration": "1M" }] },
                  { "id": "tight", "name": "Tight", "customer_id": "acme", "budgets": [{ "id": "b-tight", "max_limit": 0.4, "reset_duration": "1M" }] }
                ],
                "virtual_keys": [
                  { "id": "k0", "name": "k0", "value": "{{Secret("k0")}}", "team_id": "wide", "allow_all_providers": true,
                    "budgets": [{ "id": "b-k0", "max_limit": 100, "reset_duration": "1M" }] },
                  { "id": "k1", "name": "k1", "value": "{{Secret("k1")}}", "team_id": "wide", "allow_all_providers": true,
                    "budgets": [{ "id": "b-k1", "max_limit": 0.15, "reset_duration": "1M" }] },
                  { "id": "k2", "name": "k2", "value": "{{Secret("k2")}}", "team_id": "tight", "allow_all_providers": true },
                  { "id": "k3", "name": "k3", "value": "{{Secret("k3")}}", "team_id": "tight", "allow_all_providers": true,
                    "budgets": [{ "id": "b-k3", "max_limit": 50, "reset_duration": "1M" }] },
                  { "id": "k4", "name": "k4", "value": "{{Secret("k4")}}", "customer_id": "acme", "allow_all_providers": true,
                    "budgets": [{ "id": "b-k4", "max_limit": 0.05, "reset_duration": "30s" }] }{{string.Concat(Keys.Skip(5).Select(Further))}}
                ]
              },
              "pricing": { {{prices}} }
            }
            """;
    }

    private static string Further(string key, int index) => $$"""
        ,
        { "id": "{{key}}", "name": "{{key}}", "value": "{{Secret(key)}}", {{(index % 2 == 0 ? "\"team_id\": \"wide\"" : "\"customer_id\": \"acme\"")}},
          "allow_all_providers": true, "budgets": [{ "id": "b-{{key}}", "max_limit": {{(index % 3 == 0 ? "0.02" : "50")}}, "reset_duration": "1M" }] }
        """;
}
