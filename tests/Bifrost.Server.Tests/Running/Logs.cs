using System.Text;
using System.Text.Json;

namespace Bifrost.Server.Tests.Running;

/// <summary>What the executable writes: JSON for machines, a line for each request where it is wanted, and never a secret or what was said.</summary>
public sealed class Logs : IDisposable
{
    private const string Key = "sk-bf-11111111-2222-3333-4444-555555555555";
    private const string Said = "a-prompt-that-nobody-else-may-read";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-logs-");
    private readonly HttpClient _http = new() { Timeout = Eventually.Limit };

    public void Dispose()
    {
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Are_JSON_with_the_requests_id_and_one_line_a_request_where_that_is_set()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "bifrost.json"), $$"""
            {
              "providers": { "sim": {}, "away": { "keys": [{ "value": "the-secret-of-a-provider" }], "network_config": { "base_url": "http://127.0.0.1:9" },
                                                  "custom_provider_config": { "base_provider_type": "openai" } } },
              "pricing": { "sim/sim-echo": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } },
              "governance": { "virtual_keys": [{ "id": "logged", "name": "logged", "value": "{{Key}}", "allow_all_providers": true }] },
              "observability": { "logs": { "format": "json", "access": true } }
            }
            """);
        await using var server = BuiltServer.Start(_folder.FullName, ["--config", "bifrost.json", "--urls", "http://127.0.0.1:0"]);
        var address = await server.AddressAsync();
        Assert.Equal(200, await CallAsync(address, Key, "sim/sim-echo", "id-of-a-good-one"));
        Assert.Equal(502, await CallAsync(address, Key, "away/m", "id-of-a-bad-one"));
        Assert.Equal(401, await CallAsync(address, "sk-wrong-credential", "sim/sim-echo", "id-of-a-stranger"));
        await server.SaysAsync("id-of-a-stranger");
        await server.TerminateAsync();
        Assert.Equal(0, await server.EndsAsync());

        var lines = server.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Where(static line => line.StartsWith('{'))
            .Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        var access = lines.Where(static line => line.GetProperty("Category").GetString() == "Bifrost.Access").Select(static line => line.GetProperty("State"))
            .ToDictionary(static state => state.GetProperty("RequestId").GetString()!);
        var good = access["id-of-a-good-one"];
        Assert.Equal(
            ("POST", "/v1/chat/completions", 200, "logged", "sim"),
            (good.GetProperty("Method").GetString(), good.GetProperty("Route").GetString(), good.GetProperty("Status").GetInt32(),
                good.GetProperty("VirtualKeyId").GetString(), good.GetProperty("Provider").GetString()));
        Assert.Equal((502, 401), (access["id-of-a-bad-one"].GetProperty("Status").GetInt32(), access["id-of-a-stranger"].GetProperty("Status").GetInt32()));
        Assert.Contains(lines, static line => line.TryGetProperty("Scopes", out var scopes) && scopes.GetRawText().Contains("id-of-a-good-one", StringComparison.Ordinal));
        foreach (var secret in new[] { Said, Key, "the-secret-of-a-provider", "sk-wrong-credential" }) Assert.DoesNotContain(secret, server.Said, StringComparison.Ordinal);
    }

    private async Task<int> CallAsync(Uri address, string key, string model, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, "/v1/chat/completions"));
        request.Content = new StringContent($$"""{"model":"{{model}}","max_tokens":10,"messages":[{"role":"user","content":"{{Said}}"}]}""", Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        request.Headers.Add("x-request-id", id);
        using var answer = await _http.SendAsync(request);
        return (int)answer.StatusCode;
    }
}
