using System.Net;

namespace Bifrost.Server.Tests.Shares;

/// <summary>One key's streams kept another key waiting without an answer for minutes; so did those whose clients had left.</summary>
public sealed class ManyStreams
{
    private const string Endless = "sim-words-5-stall-after-2";
    private const string Streamed = "\"stream\":true";

    [Fact]
    public async Task One_keys_streams_leave_slots_for_another_key()
    {
        await using var rig = await ShareRig.StartAsync(provider: """, "concurrency_and_buffer_size": { "concurrency": 8, "buffer_size": 8 }""");
        var streams = new List<Task<HttpResponseMessage>>();
        for (var i = 0; i < 20; i++) streams.Add(rig.CallAsync(ShareRig.Attacker, Endless, Streamed));

        // 6 run and 6 wait; the rest is more than the key's share.
        await Eventually.UntilAsync(() => streams.Count(one => one.IsCompleted) == 14);
        var answered = await Task.WhenAll(streams.Where(one => one.IsCompleted));
        var refused = answered.Where(one => one.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.Equal(8, refused.Count);
        var body = await refused[0].Content.ReadAsStringAsync();
        Assert.Contains("\"type\":\"concurrency_limited\"", body, StringComparison.Ordinal);
        Assert.Equal("1", refused[0].Headers.GetValues("Retry-After").Single());
        Assert.Equal(8, await rig.ReachedAsync("slots_key"));

        for (var i = 0; i < 5; i++) Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
    }

    [Fact]
    public async Task A_full_queue_is_the_providers_and_says_so()
    {
        await using var rig = await ShareRig.StartAsync(provider: """, "concurrency_and_buffer_size": { "concurrency": 1, "buffer_size": 0 }""");
        using var running = await rig.CallAsync(ShareRig.Attacker, Endless, Streamed);
        (await rig.AskAsync(ShareRig.Honest, "sim-echo")).IsError(503, "request_dropped");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_whose_clients_left_keep_no_slot(bool stream)
    {
        await using var rig = await ShareRig.StartAsync(provider: """, "concurrency_and_buffer_size": { "concurrency": 4, "buffer_size": 100 }""");
        for (var round = 0; round < 3; round++)
        {
            // Each round takes all the slots that the key may have, and leaves them upstream for minutes.
            using var leaving = new CancellationTokenSource();
            var calls = new List<Task<HttpResponseMessage>>();
            for (var i = 0; i < 3; i++) calls.Add(rig.CallAsync(ShareRig.Attacker, stream ? Endless : "sim-delay-100s", stream ? Streamed : "", leaving: leaving.Token));
            if (stream) foreach (var call in calls) (await call.InTimeAsync()).Dispose();
            else await Eventually.UntilAsync(async () => await RunningAsync(rig) == 3);
            await leaving.CancelAsync();
            if (!stream) foreach (var call in calls) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
            await Eventually.UntilAsync(async () => await RunningAsync(rig) == 0);
        }

        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
    }

    private static async Task<int> RunningAsync(ShareRig rig)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(rig.Address, "/api/providers"));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {AdminServer.Token}");
        using var response = await rig.Http.SendAsync(request);
        using var json = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("providers")[0].GetProperty("calls_running").GetInt32();
    }
}
