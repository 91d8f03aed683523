using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Bifrost.KillTest.Jobs;

/// <summary>Submitters and pollers of jobs. A broken connection says nothing: the submission is repeated.</summary>
internal sealed class JobLoad(Uri server, JobBook book, LoadCounts counts, HttpMessageHandler? front = null) : IDisposable
{
    private const string Path = "v1/async/chat/completions";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(30);

    private readonly HttpClient _http = new(front ?? new SocketsHttpHandler(), disposeHandler: front is null)
    {
        BaseAddress = server, Timeout = TimeSpan.FromSeconds(60),
    };

    public void Dispose() => _http.Dispose();

    public Task RunAsync(int callers, int seed, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, callers).Select(caller => SubmitAsync(new Random(unchecked((seed * 397) ^ (caller * 7919))), stop)));

    /// <summary>The job as its key reads it; null while it has not ended, or when nobody answered.</summary>
    public async Task<PolledJob?> PollAsync(int number, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Path}/{id}");
        Authorize(request, book.Of(number).Key);
        using var response = await _http.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.Accepted) return null;
        if (response.StatusCode != HttpStatusCode.OK) return new PolledJob(id, $"HTTP {(int)response.StatusCode}", Whole: false);
        using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync());
        var status = json.RootElement.GetProperty("status").GetString()!;
        var whole = status switch
        {
            "completed" => json.RootElement.TryGetProperty("result", out var result) && result.TryGetProperty("choices", out var choices) && choices.GetArrayLength() > 0,
            "failed" or "cancelled" => json.RootElement.TryGetProperty("error", out _),
            _ => false,
        };
        return status is "pending" or "processing" ? null : new PolledJob(id, status, whole);
    }

    private async Task SubmitAsync(Random random, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            if (book.TryTake(out var number) && await SubmitOnceAsync(number, random)) continue;
            await Task.Delay(s_pause, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <returns>True when it was accepted.</returns>
    private async Task<bool> SubmitOnceAsync(int number, Random random)
    {
        var (key, model, promptBytes) = book.Of(number);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path)
        {
            Content = new StringContent(
                $$"""{"model":"sim/{{model}}","max_tokens":{{Scenario.OutputTokensMax}},"messages":[{"role":"user","content":"{{new string('a', promptBytes)}}"}]}""",
                Encoding.UTF8, "application/json"),
        };
        Authorize(request, key);
        request.Headers.Add("Idempotency-Key", JobBook.IdempotencyKey(number));
        try
        {
            using var response = await _http.SendAsync(request);
            var body = await response.Content.ReadAsByteArrayAsync();
            counts.CountStatus((int)response.StatusCode);
            if (response.IsSuccessStatusCode)
            {
                // 200: submitted before, and ended since.
                using var json = JsonDocument.Parse(body);
                book.Accept(number, json.RootElement.GetProperty("id").GetString()!);
                book.MaybeRepeat(number, random);
                return true;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            counts.CountBroken();
        }

        book.PutBack(number);
        return false;
    }

    private static void Authorize(HttpRequestMessage request, string key) =>
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Scenario.Secret(key));
}

/// <summary>An ended job as its key reads it. Whole: it has the result or the error that its status promises.</summary>
internal sealed record PolledJob(string Id, string Status, bool Whole);
