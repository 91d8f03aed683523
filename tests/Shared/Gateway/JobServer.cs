using System.Text;
using System.Text.Json;
using Bifrost.Jobs.Rules;
using Bifrost.Ledger.Leases;
using Bifrost.Server.Composition;
using Bifrost.Server.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Testing;

/// <summary>The real server, jobs and all, in this process; its store outlives it.</summary>
internal sealed class JobServer : IAsyncDisposable
{
    public const string Key = "sk-bf-jobs-0123456789abcdef";
    public const string OtherKey = "sk-bf-other-0123456789abcdef";

    /// <summary>Pays for one call at a time, of 1 000 output tokens at a dollar a thousand.</summary>
    public const string TightKey = "sk-bf-tight-0123456789abcdef";

    /// <summary>Pays for nothing.</summary>
    public const string PoorKey = "sk-bf-poor-0123456789abcdef";

    private readonly HttpClient _http = new() { Timeout = Eventually.Limit };
    private readonly GatewayServer _server;

    private JobServer(GatewayServer server) => _server = server;

    public T Get<T>()
        where T : notnull => _server.Services.GetRequiredService<T>();

    public static async Task<JobServer> StartAsync(string json, StoreSettings store, Func<JobOptions, JobOptions>? options = null, TimeProvider? time = null)
    {
        var (read, errors) = ConfigurationReader.Read(Encoding.UTF8.GetBytes(json), _ => null);
        Assert.Empty(errors);
        var configuration = read! with { Store = store, Jobs = options?.Invoke(read.Jobs) ?? read.Jobs };
        var start = new StartOptions { Urls = "http://127.0.0.1:0", AdminToken = AdminServer.Token, DataFolder = ".", Time = time ?? TimeProvider.System };
        var server = new JobServer(await GatewayServer.StartAsync(start, configuration, default));
        await Eventually.UntilAsync(() => server.Get<ILeaseBook>().MayAdmit);
        return server;
    }

    /// <summary>A database of its own on the tests' PostgreSQL, or a file.</summary>
    public static async Task<StoreSettings> NewStoreAsync(PostgresFixture? postgres) => postgres is null
        ? NewStore()
        : new StoreSettings { Kind = StoreKind.Postgres, ConnectionString = await postgres.Server.CreateDatabaseAsync() };

    public static StoreSettings NewStore() => new() { Path = Path.Combine(Directory.CreateTempSubdirectory("bifrost-jobs-").FullName, "bifrost.db") };

    public static string Configuration(Uri upstream, string more = "") => $$$"""
        {
          "providers": { "up": { "network_config": { "base_url": "{{{upstream}}}" }, "circuit_breaker": { "minimum_throughput": 1000000 },
            "concurrency_and_buffer_size": { "concurrency": 1000, "buffer_size": 1000 },
            "custom_provider_config": { "base_provider_type": "openai", "is_key_less": true } } },
          "governance": { "virtual_keys": [
            { "id": "jobs", "value": "{{{Key}}}", "allow_all_providers": true },
            { "id": "other", "value": "{{{OtherKey}}}", "allow_all_providers": true },
            { "id": "tight", "value": "{{{TightKey}}}", "allow_all_providers": true, "budgets": [{ "max_limit": 1.5, "reset_duration": "1Y" }] },
            { "id": "poor", "value": "{{{PoorKey}}}", "allow_all_providers": true, "budgets": [{ "max_limit": 0.000001, "reset_duration": "1Y" }] }
          ] },
          "pricing": { "up/m": { "input_cost_per_token": 0, "output_cost_per_token": 0.001 } }{{{more}}}
        }
        """;

    /// <summary>Submits a job by path; its id.</summary>
    public async Task<string> SubmitAsync(string key = Key, string model = "up/m", params (string Name, string Value)[] headers)
    {
        var answer = await SendAsync(HttpMethod.Post, "/v1/async/chat/completions", key, Requests.Body(model, "\"max_tokens\":1000"), headers);
        Assert.True(answer.Status == 202, answer.Body);
        return answer.Json.GetProperty("id").GetString()!;
    }

    public Task<Answer> TrySubmitAsync(params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/v1/async/chat/completions", Key, Requests.Body("up/m", "\"max_tokens\":1000"), headers);

    public Task<Answer> PollAsync(string id, string key = Key, int waitSeconds = 0) =>
        SendAsync(HttpMethod.Get, $"/v1/async/chat/completions/{id}?wait={waitSeconds}", key, null);

    /// <summary>The job once it has ended.</summary>
    public async Task<JsonElement> EndedAsync(string id, string key = Key)
    {
        var ended = await Eventually.UntilAsync(() => PollAsync(id, key, 20), answer => answer.Status != 202, answer => answer.Body);
        Assert.True(ended.Status == 200, $"{ended.Status} {ended.Body}");
        return ended.Json;
    }

    public Task<Answer> CancelAsync(string id) => SendAsync(HttpMethod.Delete, $"/v1/async/chat/completions/{id}", Key, null);

    /// <summary>What the server tells of itself.</summary>
    public async Task<PrometheusPage> MetricsAsync()
    {
        var answer = await SendAsync(HttpMethod.Get, "/metrics", AdminServer.Token, null);
        Assert.True(answer.Status == 200, answer.Body);
        return PrometheusPage.Read(answer.Body);
    }

    /// <summary>The ledger's entries of a job, in lines of JSON.</summary>
    public async Task<IReadOnlyList<JsonElement>> EntriesAsync(string id)
    {
        var page = await SendAsync(HttpMethod.Get, "/api/ledger/entries?limit=1000", AdminServer.Token, null);
        return [.. page.Json.GetProperty("entries").EnumerateArray().Where(entry => entry.GetRawText().Contains(id, StringComparison.Ordinal))];
    }

    /// <summary>Stops it as SIGTERM does.</summary>
    public Task StopAsync() => _server.StopAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    public Task<Answer> SendAsync(HttpMethod method, string path, string key, string? body, params (string Name, string Value)[] headers) =>
        Repeats.WhileUnavailableAsync(() => SendOnceAsync(method, path, key, body, headers));

    private async Task<Answer> SendOnceAsync(HttpMethod method, string path, string key, string? body, (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, _server.Address.ToString().TrimEnd('/') + path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(one => one.Key, one => string.Join(", ", one.Value), StringComparer.OrdinalIgnoreCase);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), all);
    }
}
