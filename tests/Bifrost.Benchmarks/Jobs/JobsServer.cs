using System.Net.Http.Headers;
using System.Text.Json;

namespace Bifrost.Benchmarks.Jobs;

/// <summary>The real server in a process of its own, and calls of its jobs' routes.</summary>
internal sealed class JobsServer : IAsyncDisposable
{
    private const string AdminToken = "figures-admin-0123456789abcdef0123456789";

    private readonly ServerProcess _process;
    private readonly HttpClient _http;

    private JobsServer(ServerProcess process, Uri address) =>
        (_process, _http) = (process, new HttpClient { BaseAddress = address, Timeout = Eventually.Limit });

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan FirstAnswer => _process.FirstAnswer;

    /// <summary>What it has in physical memory, in MiB.</summary>
    public double ResidentMb => _process.ResidentMb;

    /// <summary>The processor time it has used.</summary>
    public TimeSpan ProcessorTime => _process.ProcessorTime;

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

    public static async Task<JobsServer> StartAsync(string folder, string configuration)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "figures.json"), configuration);
        var address = FreePort.Address();
        var assembly = Path.Combine(AppContext.BaseDirectory, "Bifrost.Server.dll");
        var start = new ServerStart(assembly, folder, "--urls", address.ToString(), "--config", "figures.json") { AdminToken = AdminToken };
        return new JobsServer(await ServerProcess.StartReadyAsync(start, new Uri(address, "health/ready")), address);
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
        try
        {
            if (_process.HasExited) return;
            await _process.TerminateAsync();
            await _process.EndsAsync();
        }
        finally
        {
            await _process.DisposeAsync();
            _http.Dispose();
        }
    }

    private async Task<(int Status, JsonElement Json)> SendAsync(HttpRequestMessage request, string secret)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var response = await _http.SendAsync(request);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        return ((int)response.StatusCode, json.RootElement.Clone());
    }
}
