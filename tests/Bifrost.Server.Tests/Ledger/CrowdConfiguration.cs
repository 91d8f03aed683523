using System.Text.Json;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>The configuration file of a server for some crowds.</summary>
internal static class CrowdConfiguration
{
    /// <summary>Nothing resets while a test runs.</summary>
    private const string Window = "1Y";

    public static string Of(Uri upstream, IReadOnlyCollection<Crowd> crowds) => JsonSerializer.Serialize(new Dictionary<string, object>
    {
        // The crowd comes from one address, as it does behind a proxy, so the limit of an address does not hold for it.
        ["client"] = new { trusted_proxies = new[] { "127.0.0.0/8" } },
        ["providers"] = crowds.Select(crowd => crowd.Provider).Append("sim").Distinct().ToDictionary(name => name, _ => Provider(upstream)),
        ["governance"] = new Dictionary<string, object>
        {
            ["customers"] = Owners(crowds, CrowdLevel.Customer, crowd => new() { ["id"] = crowd.Name }),
            ["teams"] = Owners(crowds, CrowdLevel.Team, crowd => new() { ["id"] = crowd.Name }),
            ["virtual_keys"] = crowds.SelectMany(Keys).ToList(),
            ["providers"] = Owners(crowds, CrowdLevel.Provider, crowd => new() { ["name"] = crowd.Provider }),
            ["model_configs"] = Owners(crowds, CrowdLevel.Model, crowd => new() { ["id"] = crowd.Name, ["model_name"] = crowd.Model }),
        },
        ["pricing"] = crowds.ToDictionary(
            crowd => $"{crowd.Provider}/{crowd.Model}",
            _ => new { input_cost_per_token = 0, output_cost_per_token = Crowd.TokenNanos / 1e9 }),
    });

    private static object Provider(Uri upstream) => new
    {
        network_config = new { base_url = upstream, default_request_timeout_in_seconds = 120 },
        concurrency_and_buffer_size = new { concurrency = 10_000, buffer_size = 10_000 },
        custom_provider_config = new { base_provider_type = "openai", is_key_less = true },
        circuit_breaker = new { minimum_throughput = 1_000_000 },
    };

    private static List<Dictionary<string, object>> Owners(
        IEnumerable<Crowd> crowds, CrowdLevel level, Func<Crowd, Dictionary<string, object>> make) =>
        [.. crowds.Where(crowd => crowd.Level == level).Select(crowd => Limited(make(crowd), crowd))];

    private static IEnumerable<Dictionary<string, object>> Keys(Crowd crowd)
    {
        for (var i = 0; i < crowd.Keys; i++)
        {
            var name = crowd.KeyName(i);
            var key = new Dictionary<string, object> { ["id"] = name, ["value"] = Crowd.Secret(name) };
            if (crowd.Level == CrowdLevel.Customer) key["customer_id"] = crowd.Name;
            if (crowd.Level == CrowdLevel.Team) key["team_id"] = crowd.Name;
            if (crowd.Level == CrowdLevel.Key) Limited(key, crowd);
            if (crowd.Level == CrowdLevel.KeyProvider)
                key["provider_configs"] = new[] { Limited(new() { ["provider"] = crowd.Provider, ["weight"] = 1 }, crowd) };
            else key["allow_all_providers"] = true;
            yield return key;
        }
    }

    private static Dictionary<string, object> Limited(Dictionary<string, object> owner, Crowd crowd)
    {
        if (crowd.Kind == CrowdLimit.Budget)
            owner["budgets"] = new[] { new { id = crowd.Name, max_limit = crowd.LimitNanos / 1e9m, reset_duration = Window } };
        else if (crowd.Kind == CrowdLimit.Requests) owner["rate_limit"] = new { request_max_limit = crowd.Room, request_reset_duration = Window };
        else owner["rate_limit"] = new { token_max_limit = crowd.LimitTokens, token_reset_duration = Window };
        return owner;
    }
}
