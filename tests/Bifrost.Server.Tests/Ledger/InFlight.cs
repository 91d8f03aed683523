using System.Text.Json;

namespace Bifrost.Server.Tests.Ledger;

/// <summary>How many calls of one key may run at the same time.</summary>
public sealed class InFlight
{
    private const string Secret = "sk-bf-in-flight-0123456789abcdef";
    private const string Body = """{"model":"up/m","max_tokens":5,"messages":[{"role":"user","content":"Hello"}]}""";
    private const string NoWindow = "";

    [Theory]
    [InlineData(20, 5, NoWindow)]
    [InlineData(200, 20, """, "budgets": [{ "max_limit": 1000, "reset_duration": "1Y" }]""")]
    [InlineData(2_000, 200, NoWindow)]
    public async Task Never_more_of_a_keys_calls_run_than_may_and_all_are_served_in_the_end(int callers, int room, string limits)
    {
        await using var upstream = await GatedUpstream.StartAsync();
        await using var server = await AdminServer.StartAsync(new AdminServerOptions { Configuration = Configuration(upstream.Address, room, limits) });
        var refused = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calling = Task.WhenAll(Enumerable.Range(0, callers).Select(_ => CallAsync()));

        // Everybody has an answer but those who run: exactly as many as may.
        await Task.WhenAll(all.Task, upstream.CallsAsync(room)).InTimeAsync();
        Assert.Equal(room, upstream.RunningMost);
        upstream.Open();
        await calling;
        Assert.Equal((callers, room), (upstream.Calls, upstream.RunningMost));

        async Task CallAsync()
        {
            await Task.Yield();
            var answer = await server.SendAsync(HttpMethod.Post, "/v1/chat/completions", Body, Secret);
            if (answer.Status == 200) return;
            Assert.Equal("1", answer.IsError(429, "concurrency_limited").Header("Retry-After"));
            if (Interlocked.Increment(ref refused) == callers - room) all.SetResult();
            await all.Task;
            while (await CrowdCall.UntilItEndsAsync(server, Secret, Body) != CrowdEnd.Paid)
            {
            }
        }
    }

    /// <summary>Behind one address are many callers, as behind a proxy: it has no limit of connections of its own.</summary>
    private static string Configuration(Uri upstream, int room, string limits) => $$"""
        {
          "client": { "trusted_proxies": ["127.0.0.0/8"] },
          "providers": { "up": {
            "network_config": { "base_url": {{JsonSerializer.Serialize(upstream)}}, "default_request_timeout_in_seconds": 120 }, "circuit_breaker": { "minimum_throughput": 1000000 },
            "custom_provider_config": { "base_provider_type": "openai", "is_key_less": true } } },
          "pricing": { "up/m": { "input_cost_per_token": 1e-6, "output_cost_per_token": 1e-6 } },
          "governance": { "virtual_keys": [
            { "id": "k", "value": "{{Secret}}", "allow_all_providers": true, "max_concurrent_requests": {{room}}{{limits}} }] }
        }
        """;
}
