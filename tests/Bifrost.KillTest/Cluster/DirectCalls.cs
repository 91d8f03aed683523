using System.Net.Http.Headers;
using System.Text;

namespace Bifrost.KillTest.Cluster;

/// <summary>Calls of single silos, past what stands before them.</summary>
internal sealed class DirectCalls : IDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly TimeProvider _time = TimeProvider.System;

    public void Dispose() => _http.Dispose();

    /// <summary>One call of a key; status 0: it got no answer.</summary>
    public async Task<(int Status, string Text)> AskAsync(Member member, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(member.Address, "v1/chat/completions"))
        {
            Content = new StringContent(
                $$"""{"model":"sim/{{Scenario.Model("sim-words-20-usage-always", key)}}","max_tokens":20,"messages":[{"role":"user","content":"a"}]}""",
                Encoding.UTF8,
                "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Scenario.Secret(key));
        try
        {
            using var response = await _http.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return (0, e.Message);
        }
    }

    /// <summary>How long since a moment a silo first answered for a key: with a completion, or with a refusal of the key's grain.</summary>
    /// <param name="member">The silo.</param>
    /// <param name="key">The key.</param>
    /// <param name="since">The moment.</param>
    /// <param name="within">When it is given up.</param>
    /// <param name="otherwise">Told of every other answer.</param>
    public async Task<TimeSpan> FirstAnswerAsync(Member member, string key, long since, TimeSpan within, Action<string>? otherwise = null)
    {
        while (true)
        {
            var (status, text) = await AskAsync(member, key);
            if (status is 200 or 402 or 429 || _time.GetElapsedTime(since) > within) return _time.GetElapsedTime(since);
            otherwise?.Invoke($"key {key} was answered {status}: {text}");
            await Task.Delay(s_tick, _time);
        }
    }
}
