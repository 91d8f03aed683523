using System.Globalization;
using System.Net.Http.Headers;

namespace Bifrost.Cli.Jobs;

/// <summary>One answer of the gateway; status 0: none came, and the body says why.</summary>
internal sealed record ApiAnswer(int Status, ReadOnlyMemory<byte> Body, string? JobId, string? RequestId, TimeSpan? RetryAfter)
{
    /// <summary>True: the same request may succeed later.</summary>
    public bool IsPassing => Status is 0 or 408 or 429 or >= 500;
}

/// <summary>The gateway's job routes over HTTP.</summary>
internal sealed class JobsApi : IDisposable
{
    private const string Chat = "openai/v1/chat/completions";
    private const string Jobs = "v1/async/chat/completions/";

    private readonly HttpClient _http;

    public JobsApi(ClientOptions options, int connectionsMax)
    {
        // A longer wait than any long poll of the server.
        var handler = new SocketsHttpHandler { MaxConnectionsPerServer = connectionsMax, ConnectTimeout = TimeSpan.FromSeconds(10) };
        _http = new HttpClient(handler) { BaseAddress = options.Address, Timeout = TimeSpan.FromSeconds(120) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Key);
    }

    /// <summary>Submits; an answer with a job id is that of a job, whatever its status.</summary>
    public Task<ApiAnswer> SubmitAsync(ReadOnlyMemory<byte> body, string idempotencyKey, int ttlSeconds, string? webhook, CancellationToken cancel)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Prefer", "respond-async");
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        request.Headers.Add("x-bf-async-job-result-ttl", ttlSeconds.ToString(CultureInfo.InvariantCulture));
        if (webhook is not null) request.Headers.Add("x-bf-async-webhook", webhook);
        return SendAsync(request, cancel);
    }

    public Task<ApiAnswer> GetAsync(string jobId, int waitSeconds, CancellationToken cancel)
    {
        var wait = waitSeconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"?wait={waitSeconds}") : "";
        return SendAsync(new HttpRequestMessage(HttpMethod.Get, Jobs + Uri.EscapeDataString(jobId) + wait), cancel);
    }

    public Task<ApiAnswer> CancelAsync(string jobId, CancellationToken cancel) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, Jobs + Uri.EscapeDataString(jobId)), cancel);

    public Task<ApiAnswer> ListAsync(string? status, int limit, string? after, CancellationToken cancel)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"v1/async/jobs?limit={limit}");
        if (status is not null) query += "&status=" + Uri.EscapeDataString(status);
        if (after is not null) query += "&after=" + Uri.EscapeDataString(after);
        return SendAsync(new HttpRequestMessage(HttpMethod.Get, query), cancel);
    }

    public void Dispose() => _http.Dispose();

    private async Task<ApiAnswer> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using (request)
        {
            try
            {
                using var response = await _http.SendAsync(request, cancel);
                var body = await response.Content.ReadAsByteArrayAsync(cancel);
                return new ApiAnswer(
                    (int)response.StatusCode, body, One(response, "x-bf-async-id"), One(response, "x-request-id"), response.Headers.RetryAfter?.Delta);
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                return new ApiAnswer(0, System.Text.Encoding.UTF8.GetBytes(e.Message), null, null, null);
            }
        }
    }

    private static string? One(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
