using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Bifrost.KillTest;

/// <summary>Concurrent callers until they are told to stop; some leave in the middle of their call.</summary>
internal sealed class Load(Uri server, int seed, LoadCounts counts, HttpMessageHandler? front = null) : IDisposable
{
    /// <summary>Between calls that were not answered, so that refusals do not take the machine from the calls that matter.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(30);

    private readonly HttpClient _http = new(front ?? new SocketsHttpHandler(), disposeHandler: front is null)
    {
        BaseAddress = server, Timeout = TimeSpan.FromSeconds(60),
    };

    public void Dispose() => _http.Dispose();

    public Task RunAsync(int callers, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, callers).Select(caller => CallAsync(caller, stop)));

    private async Task CallAsync(int caller, CancellationToken stop)
    {
        await Task.Yield();
        var random = new Random(HashCode(seed, caller));
        while (!stop.IsCancellationRequested)
        {
            if (await CallOnceAsync(random)) continue;
            await Task.Delay(s_pause, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <returns>True when it was answered.</returns>
    private async Task<bool> CallOnceAsync(Random random)
    {
        var key = Scenario.Keys[random.Next(Scenario.Keys.Length)];
        var model = Scenario.Model(Scenario.Models[random.Next(Scenario.Models.Length)], key);
        var stream = random.Next(2) == 0;
        using var leaving = new CancellationTokenSource();
        var leaves = random.Next(10) == 0;
        if (leaves) leaving.CancelAfter(random.Next(5, 200));
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new StringContent(Body(model, stream, random.Next(20, 400)), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Scenario.Secret(key));
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            await response.Content.CopyToAsync(Stream.Null, leaving.Token);
            counts.CountStatus((int)response.StatusCode);
            return response.IsSuccessStatusCode;
        }
        catch (OperationCanceledException)
        {
            counts.CountLeft();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            counts.CountBroken();
        }

        return false;
    }

    private static string Body(string model, bool stream, int promptBytes) =>
        $$"""{"model":"sim/{{model}}","stream":{{(stream ? "true" : "false")}},"max_tokens":{{Scenario.OutputTokensMax}},"messages":[{"role":"user","content":"{{new string('a', promptBytes)}}"}]}""";

    private static int HashCode(int seed, int caller) => unchecked((seed * 397) ^ (caller * 7919));
}
