using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Bifrost.Benchmarks.Jobs;

/// <summary>The real server in a process of its own, as it is beside this program.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string AdminToken = "figures-admin-0123456789abcdef0123456789";
    private static readonly TimeSpan s_startMax = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_stopMax = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly HttpClient _http;

    private ServerProcess(Process process, Uri address) =>
        (_process, _http) = (process, new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) });

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan FirstAnswer { get; private set; }

    /// <summary>What it has in physical memory, in MiB.</summary>
    public double ResidentMb
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1_048_576.0;
        }
    }

    /// <summary>The processor time it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static string Secret(string key) => $"sk-bf-figures-{key}-0123456789abcdef";

    /// <summary>A configuration with the built-in simulated provider and keys without limits.</summary>
    public static string Configuration(string store, IEnumerable<string> keys, string jobs) => $$"""
        {
          "store": {{store}},
          "jobs": { {{jobs}} },
          "providers": { "sim": { "circuit_breaker": { "minimum_throughput": 1000000 } } },
          "governance": { "virtual_keys": [
            {{string.Join(",\n    ", keys.Select(key => $$"""{ "id": "{{key}}", "value": "{{Secret(key)}}", "allow_all_providers": true }"""))}}
          ] }
        }
        """;

    public static string Sqlite(string folder) => JsonSerializer.Serialize(new { type = "sqlite", path = Path.Combine(folder, "bifrost.db") });

    public static string Postgres(string connection) => JsonSerializer.Serialize(new { type = "postgres", connection_string = connection });

    public static async Task<ServerProcess> StartAsync(string folder, string configuration)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "figures.json"), configuration);
        var address = new Uri($"http://127.0.0.1:{FreePort()}/");
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(AppContext.BaseDirectory, "Bifrost.Server.dll"), "--urls", address.ToString(), "--config", "figures.json"])
            start.ArgumentList.Add(argument);
        start.Environment["BIFROST_ADMIN_TOKEN"] = AdminToken;
        start.Environment.Remove("ASPNETCORE_URLS");
        start.Environment.Remove("BIFROST_CONFIG");
        var clock = Stopwatch.StartNew();
        var server = new ServerProcess(new Process { StartInfo = start }, address);
        server._process.OutputDataReceived += server.Keep;
        server._process.ErrorDataReceived += server.Keep;
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        while (true)
        {
            try
            {
                using var answer = await server._http.GetAsync("health/ready");
                if (answer.IsSuccessStatusCode) break;
            }
            catch (HttpRequestException)
            {
                // Not there yet.
            }

            if (server._process.HasExited || clock.Elapsed > s_startMax) throw new InvalidOperationException($"The server did not start:\n{server._said}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        server.FirstAnswer = clock.Elapsed;
        return server;
    }

    /// <summary>Submits a job by path, or says with 429 that the queue is full.</summary>
    public async Task<(int Status, JsonElement Job)> SubmitAsync(string key, ReadOnlyMemory<byte> body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/async/chat/completions") { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return await SendAsync(request, Secret(key));
    }

    /// <summary>The job, waited for until it has ended.</summary>
    public async Task<JsonElement> EndedAsync(string key, string id)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"v1/async/chat/completions/{id}?wait=60");
            var (status, job) = await SendAsync(request, Secret(key));
            if (status == 200) return job;
            if (status != 202) throw new InvalidOperationException($"The poll of {id} was answered with {status}: {job}");
        }
    }

    /// <summary>Jobs that wait and jobs that run, of one key or of all.</summary>
    public async Task<(long Pending, long Processing)> DepthAsync(string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/jobs/queues?limit=500");
        var (status, queues) = await SendAsync(request, AdminToken);
        if (status != 200) throw new InvalidOperationException($"The queues were answered with {status}: {queues}");
        if (key is null) return (queues.GetProperty("pending").GetInt64(), queues.GetProperty("processing").GetInt64());
        foreach (var queue in queues.GetProperty("queues").EnumerateArray())
            if (queue.GetProperty("virtual_key_id").GetString() == key) return (queue.GetProperty("pending").GetInt64(), queue.GetProperty("processing").GetInt64());
        return (0, 0);
    }

    /// <summary>SIGTERM, and its end.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using (var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) await stop.WaitForExitAsync();
            try
            {
                await _process.WaitForExitAsync().WaitAsync(s_stopMax);
            }
            catch (TimeoutException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
        _http.Dispose();
    }

    private async Task<(int Status, JsonElement Json)> SendAsync(HttpRequestMessage request, string secret)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var response = await _http.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return ((int)response.StatusCode, json.RootElement.Clone());
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_said)
            if (_said.Length < 100_000) _said.AppendLine(line.Data);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
