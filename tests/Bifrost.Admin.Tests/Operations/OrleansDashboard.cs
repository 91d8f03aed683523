using System.Net.Http.Headers;
using System.Text;

namespace Bifrost.Admin.Tests.Operations;

/// <summary>Orleans' own pages: off unless switched on, for admins and viewers alone, without logs and without secrets.</summary>
public sealed class OrleansDashboard
{
    private const string ProviderSecret = "sk-upstream-0123456789abcdef";
    private const string Encryption = "an-encryption-key-0123456789";
    private const string Prompt = "the-words-of-a-prompt-0123456789";

    private static readonly AdminServerOptions s_on = AdminServer.Options with
    {
        Configuration = $$"""
            {
              "orleans": { "dashboard": true },
              "encryption_key": "{{Encryption}}",
              "providers": { "sim": {}, "openai": { "keys": [{ "name": "upstream", "value": "{{ProviderSecret}}", "weight": 1 }] } },
              "pricing": { "sim/sim-echo": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } }
            }
            """,
    };

    [Fact]
    public async Task Are_not_there_unless_switched_on()
    {
        await using var server = await AdminServer.StartAsync();
        foreach (var path in (string[])["/orleans", "/orleans/", "/orleans/version", "/orleans/GrainTypes"])
            (await server.GetAsync(path)).IsError(404, "not_found");
    }

    [Fact]
    public async Task Open_to_admins_and_viewers_alone_and_only_to_read()
    {
        await using var server = await AdminServer.StartAsync(s_on);
        var made = await server.PostAsync("/api/admin-tokens", """{"name":"looks","role":"viewer"}""");
        var viewer = made.Json.GetProperty("admin_token").GetProperty("value").GetString()!;
        var key = (await server.MakeKeyAsync("no admin")).GetProperty("value").GetString()!;
        foreach (var path in (string[])["/orleans/", "/orleans/index.min.js", "/orleans/DashboardCounters", "/orleans/GrainTypes"])
        {
            var refused = (await server.GetAsync(path, null)).IsError(401, "invalid_credentials");
            Assert.StartsWith("Basic ", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
            (await server.GetAsync(path, key)).IsError(403, "access_blocked");
            (await server.GetAsync(path, "a-wrong-token-0123456789")).IsError(401, "invalid_credentials");
            var seen = await server.GetAsync(path, viewer);
            Assert.True(seen.Status == 200, $"{path}: {seen.Status}");
            Assert.Contains("no-store", seen.Header("Cache-Control"), StringComparison.Ordinal);
            Assert.Equal(200, (await server.GetAsync(path)).Status);
        }

        (await server.PostAsync("/orleans/")).IsError(405, "method_not_allowed");
        (await server.GetAsync("/orleansx")).IsError(404, "not_found");
        Assert.Equal(403, (await server.GetAsync("/orleans/Trace")).Status);
        Assert.Equal(200, await BasicAsync(server, "any:" + AdminServer.Token));
        Assert.Equal(200, await BasicAsync(server, ":" + viewer));
        Assert.Equal(401, await BasicAsync(server, AdminServer.Token + ":"));
        Assert.Equal(401, await BasicAsync(server, AdminServer.Token));
        Assert.Equal(403, await BasicAsync(server, "any:" + key));
    }

    [Fact]
    public async Task Show_no_secret_and_no_prompt_of_any_grain()
    {
        await using var server = await AdminServer.StartAsync(s_on);
        var made = await server.PostAsync("/api/webhooks/endpoints", """{"name":"ci","url":"https://example.com/hook"}""");
        var hook = made.Json.GetProperty("endpoint").GetProperty("secret").GetString()!;
        var team = await server.MakeAsync("/api/governance/teams", "team", """{"name":"t","rate_limit":{"request_max_limit":1000,"request_reset_duration":"1h"}}""");
        var key = await server.MakeKeyAsync("busy", $"\"team_id\":\"{team.GetProperty("id").GetString()}\"");
        var secret = key.GetProperty("value").GetString()!;
        var body = $$"""{"model":"sim/sim-echo","max_tokens":10,"messages":[{"role":"user","content":"{{Prompt}}"}]}""";
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Post, "/v1/chat/completions", body, secret)).Status);
        var job = (await server.SendAsync(HttpMethod.Post, "/v1/async/chat/completions", body, secret)).Json.GetProperty("id").GetString()!;

        var types = (await server.GetAsync("/orleans/GrainTypes")).Json.EnumerateArray().Select(type => type.GetString()!).ToArray();
        string[] grains = ["VirtualKeyGrain", "AccountGrain", "ProviderGrain", "JobGrain", "JobQueueGrain", "CatalogGrain", "BoardGrain", "ProviderSwitchGrain"];
        Assert.All(grains, grain => Assert.Contains(types, type => type.EndsWith("." + grain, StringComparison.Ordinal)));
        string[] ids =
        [
            key.GetProperty("id").GetString()!, $"team:{team.GetProperty("id").GetString()}", "sim", "openai", job, "catalog", "board",
            .. Enumerable.Range(0, 32).Select(partition => $"{partition}"),
        ];
        var shown = new StringBuilder();

        // Its counters are read anew once a second.
        await Eventually.UntilAsync(async () => (await ReadAsync("/DashboardCounters")).Contains("VirtualKeyGrain", StringComparison.Ordinal));
        foreach (var path in (string[])["/DashboardCounters", "/ClusterStats", "/TopGrainMethods", "/Reminders", "/"])
            shown.AppendLine(await ReadAsync(path));
        foreach (var type in types.Where(type => type.StartsWith("Bifrost.", StringComparison.Ordinal)))
        {
            shown.AppendLine(await ReadAsync($"/GrainStats/{type}"));
            foreach (var id in ids) shown.AppendLine(await ReadAsync($"/GrainState?grainId={Uri.EscapeDataString(id)}&grainType={Uri.EscapeDataString(type)}"));
        }

        var text = shown.ToString();
        foreach (var hidden in (string[])[secret, ProviderSecret, Encryption, hook, AdminServer.Token, Prompt])
            Assert.DoesNotContain(hidden, text, StringComparison.Ordinal);

        async Task<string> ReadAsync(string path)
        {
            var answer = await server.GetAsync("/orleans" + path);
            Assert.True(answer.Status == 200, $"{path}: {answer.Status} {answer.Body}");
            return answer.Body;
        }
    }

    private static async Task<int> BasicAsync(AdminServer server, string pair)
    {
        using var http = new HttpClient { Timeout = Eventually.Limit };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, "/orleans/"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
