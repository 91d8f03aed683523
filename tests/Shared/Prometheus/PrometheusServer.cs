using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Bifrost.Testing;

/// <summary>Debian's Prometheus in a process and a folder of its own, scraping one server with the repository's rules.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, int port)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Eventually.Limit };
    }

    public static async Task<PrometheusServer> StartAsync(Uri scraped, string token, string rules)
    {
        var folder = Directory.CreateTempSubdirectory("bifrost-prometheus-").FullName;
        var port = FreePort.Address().Port;
        var configuration = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(configuration, $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
            rule_files: ["{{rules}}"]
            scrape_configs:
              - job_name: bifrost
                authorization: { credentials: "{{token}}" }
                static_configs: [{ targets: ["{{scraped.Host}}:{{scraped.Port.ToString(CultureInfo.InvariantCulture)}}"] }]
            """);
        var start = new ProcessStartInfo("prometheus")
        {
            ArgumentList = { $"--config.file={configuration}", $"--storage.tsdb.path={folder}/data", $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn" },
            RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        var server = new PrometheusServer(Process.Start(start)!, port);
        await Eventually.UntilAsync(server.IsReadyAsync, "Prometheus is not ready.");
        return server;
    }

    /// <summary>The values of a query now, with their labels; what is wrong with it is an exception.</summary>
    public async Task<IReadOnlyList<JsonElement>> QueryAsync(string query)
    {
        using var answer = await _http.GetAsync("/api/v1/query?query=" + Uri.EscapeDataString(query));
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        if (json.RootElement.GetProperty("status").GetString() != "success") throw new InvalidDataException($"{query}: {json.RootElement}");
        var result = json.RootElement.GetProperty("data").GetProperty("result");
        return result.ValueKind == JsonValueKind.Array ? [.. result.Clone().EnumerateArray()] : [];
    }

    /// <summary>Every alert with its query and whether its evaluation works.</summary>
    public async Task<IReadOnlyList<JsonElement>> AlertsAsync()
    {
        using var json = JsonDocument.Parse(await _http.GetStringAsync("/api/v1/rules"));
        return [.. json.RootElement.Clone().GetProperty("data").GetProperty("groups").EnumerateArray().SelectMany(static group => group.GetProperty("rules").EnumerateArray())];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited) throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync());
        try
        {
            using var answer = await _http.GetAsync("/-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
