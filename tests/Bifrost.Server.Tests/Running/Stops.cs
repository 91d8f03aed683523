using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bifrost.Server.Tests.Ledger;
using Bifrost.Simulator;
using Microsoft.AspNetCore.Builder;

namespace Bifrost.Server.Tests.Running;

/// <summary>A stop whose drain time ends before the calls do: everyone is answered, nothing is reset, and what they cost is booked.</summary>
public sealed class Stops : IAsyncLifetime
{
    private const string Key = "sk-bf-stops-0123456789abcdef";
    private const string Plain = "sim-tokens-100-out-50-delay-4s";
    private const string Stream = "sim-tokens-100-out-80-paced-80x50ms";
    private const int Each = 8;

    private readonly WebApplication _simulator = SimulatorHost.Create(new SimulatorOptions());
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bifrost-stops-");
    private readonly HttpClient _http = new() { Timeout = Eventually.Limit };

    private Uri Upstream => SimulatorHost.AddressOf(_simulator);

    public async ValueTask InitializeAsync()
    {
        await _simulator.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "bifrost.json"), $$"""
            {
              "limits": { "drain_seconds": 1 },
              "providers": { "sim": { "network_config": { "base_url": {{JsonSerializer.Serialize(Upstream)}} } } },
              "governance": { "virtual_keys": [{ "id": "k", "value": "{{Key}}", "allow_all_providers": true,
                "budgets": [{ "id": "b", "max_limit": 1000, "reset_duration": "1Y" }] }] },
              "pricing": {
                "sim/{{Plain}}": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 },
                "sim/{{Stream}}": { "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6 } }
            }
            """);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _simulator.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Calls_and_streams_were_reset_at_the_drains_end()
    {
        await using var process = Start();
        var address = await process.AddressAsync();
        var jobs = new List<string>();
        for (var i = 0; i < Each; i++)
        {
            var accepted = await ExchangeAsync(address, "/v1/async/chat/completions", Body(Plain), Key).InTimeAsync();
            Assert.True(accepted.StartsWith("HTTP/1.1 202", StringComparison.Ordinal), accepted);
            jobs.Add(JsonOf(accepted).GetProperty("id").GetString()!);
        }

        var plain = Enumerable.Range(0, Each).Select(_ => ExchangeAsync(address, "/v1/chat/completions", Body(Plain), Key)).ToList();
        var streams = Enumerable.Range(0, Each).Select(_ => ExchangeAsync(address, "/v1/chat/completions", Body(Stream, "\"stream\":true,"), Key)).ToList();

        // Siblings: whoever has not sent its whole body yet, on each of the three ways in.
        var uploads = new[] { ("/v1/chat/completions", Key), ("/v1/async/chat/completions", Key), ("/api/governance/teams", AdminServer.Token) }
            .Select(one => ExchangeAsync(address, one.Item1, Body(Plain), one.Item2, isWhole: false)).ToList();
        await Eventually.UntilAsync(async () => (await BillAsync()).Count(line => line.Contains("running", StringComparison.Ordinal)) == 3 * Each);
        await process.TerminateAsync();
        foreach (var answer in await Task.WhenAll([.. plain, .. uploads]).InTimeAsync())
        {
            Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
            Answer.CheckError(JsonOf(answer), 503, "shutting_down");
        }

        foreach (var answer in await Task.WhenAll(streams).InTimeAsync())
        {
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
            var events = answer.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line.Trim()[6..]).ToList();
            Assert.Equal("[DONE]", events[^1]);
            Answer.CheckError(JsonDocument.Parse(events[^2]).RootElement, 503, "shutting_down");
            Assert.EndsWith("0\r\n\r\n", answer, StringComparison.Ordinal);
        }

        Assert.Equal(0, await process.EndsAsync());

        // What was cut off for its caller was read to its end, and booked as it was billed.
        await using var again = Start();
        await using var server = AdminServer.Of(await again.AddressAsync(), again);
        server.StoreMayBeAway = false;
        foreach (var job in jobs)
        {
            var ended = await Eventually.UntilAsync(
                () => server.GetAsync($"/v1/async/chat/completions/{job}?wait=20", Key), answer => answer.Status != 202, answer => answer.Body);
            Assert.Equal("completed", ended.Json.GetProperty("status").GetString());
        }

        var costs = await Books.BalanceAsync(server, Upstream, "b", (prompt, output) => (prompt * 1_000) + (output * 2_000));
        Assert.Equal(2, costs.Count);
    }

    private ServerProcess Start() =>
        ServerProcess.Start(BuiltServer.StartIn(_folder.FullName, "--urls", "http://127.0.0.1:0") with { AdminToken = AdminServer.Token });

    private async Task<string[]> BillAsync() =>
        (await _http.GetStringAsync(new Uri(Upstream, "bill"))).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Body(string model, string more = "") =>
        $$"""{"model":"sim/{{model}}",{{more}}"max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}""";

    private static JsonElement JsonOf(string answer) => JsonDocument.Parse(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]).RootElement;

    /// <summary>One request on a connection of its own, and all that comes back until the other side ends it; a reset throws.</summary>
    private static async Task<string> ExchangeAsync(Uri address, string path, string body, string token, bool isWhole = true)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        var stream = client.GetStream();
        var close = path.Contains("async", StringComparison.Ordinal) && isWhole ? "Connection: close\r\n" : "";
        var head = $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{close}";
        var sent = isWhole ? body : body[..^1];
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{head}Content-Length: {body.Length}\r\n\r\n{sent}"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
