using System.Net.Http.Headers;
using System.Text;
using Bifrost.Calls.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Server.Tests.Shares;

/// <summary>20 slow readers of 60 MB answers took 3.5 GB; 30 polls of one job with such a result took 8 GB.</summary>
public sealed class SlowReaders
{
    private const string SmallRoom = """{ "buffered_answers_mb": 128 }""";

    [Fact]
    public async Task Slow_readers_of_one_key_hold_its_share_and_keep_no_other_key_waiting()
    {
        await using var rig = await ShareRig.StartAsync(SmallRoom);
        var room = rig.Services.GetRequiredService<AnswerRoom>();
        using var leaving = new CancellationTokenSource();
        var slow = Enumerable.Range(0, 5).Select(_ => rig.CallAsync(ShareRig.Attacker, "sim-giant-24mb-unlimited", leaving: leaving.Token)).ToList();
        await Eventually.UntilAsync(() => room.Waiting > 0 && room.Taken > 0);
        Assert.InRange(room.Taken, 1, 64 << 20);

        var answer = await rig.AskAsync(ShareRig.Honest, "sim-giant-24mb-unlimited");
        Assert.Equal(200, answer.Status);
        Assert.True(answer.Body.Length > 24_000_000);
        Assert.True(await rig.ReachedAsync("answers_key") > 0);

        // Those who read get theirs, and room with them the next ones.
        while (slow.Count > 0)
        {
            var next = await Task.WhenAny(slow).InTimeAsync();
            slow.Remove(next);
            Assert.True((await (await next).Content.ReadAsByteArrayAsync().InTimeAsync()).Length > 24_000_000);
        }

        await leaving.CancelAsync();
        await Eventually.UntilAsync(() => room is { Taken: 0, Waiting: 0 });
    }

    [Fact]
    public async Task Polls_of_a_large_result_take_room_one_after_the_other()
    {
        await using var rig = await ShareRig.StartAsync(SmallRoom);
        var room = rig.Services.GetRequiredService<AnswerRoom>();
        var id = await SubmitAsync(rig, "sim-giant-24mb-unlimited");
        using (var done = await PollAsync(rig, id, "?wait=60")) Assert.True((await done.Content.ReadAsByteArrayAsync()).Length > 24_000_000);

        var polls = Enumerable.Range(0, 6).Select(_ => PollAsync(rig, id)).ToList();
        await Eventually.UntilAsync(() => room.Waiting > 0);
        Assert.InRange(room.Taken, 1, 64 << 20);
        while (polls.Count > 0)
        {
            var next = await Task.WhenAny(polls).InTimeAsync();
            polls.Remove(next);
            using var answer = await next;
            var body = await answer.Content.ReadAsStringAsync().InTimeAsync();
            Assert.EndsWith("}", body, StringComparison.Ordinal);
            using var json = System.Text.Json.JsonDocument.Parse(body);
            Assert.Equal("completed", json.RootElement.GetProperty("status").GetString());
            Assert.Equal(1, json.RootElement.GetProperty("result").GetProperty("choices").GetArrayLength());
        }

        await Eventually.UntilAsync(() => room is { Taken: 0, Waiting: 0 });
    }

    [Fact]
    public async Task New_jobs_are_refused_before_the_disk_is_full_and_calls_go_on()
    {
        await using var rig = await ShareRig.StartAsync(jobs: """{ "free_disk_mb_min": 1000000000 }""");
        using var refused = await SendAsync(rig, HttpMethod.Post, "/v1/async/chat/completions", Requests.Body("sim/sim-echo"));
        Assert.Equal(503, (int)refused.StatusCode);
        Assert.Contains("\"type\":\"request_dropped\"", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
        Assert.Equal(1, await rig.ReachedAsync("store_room"));
    }

    private static async Task<string> SubmitAsync(ShareRig rig, string model)
    {
        using var submitted = await SendAsync(rig, HttpMethod.Post, "/v1/async/chat/completions", Requests.Body($"sim/{model}"));
        var body = await submitted.Content.ReadAsStringAsync();
        Assert.True((int)submitted.StatusCode == 202, body);
        using var json = System.Text.Json.JsonDocument.Parse(body);
        return json.RootElement.GetProperty("id").GetString()!;
    }

    private static Task<HttpResponseMessage> PollAsync(ShareRig rig, string id, string more = "") =>
        SendAsync(rig, HttpMethod.Get, $"/v1/async/chat/completions/{id}{more}");

    private static async Task<HttpResponseMessage> SendAsync(ShareRig rig, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(rig.Address.ToString().TrimEnd('/') + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ShareRig.Attacker);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await rig.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }
}
