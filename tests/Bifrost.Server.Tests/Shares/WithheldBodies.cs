using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bifrost.Http.Bodies;
using Microsoft.Extensions.DependencyInjection;

namespace Bifrost.Server.Tests.Shares;

/// <summary>15 uploads that withheld their last byte gave every other key 503 for as long as they liked, and admin writes too.</summary>
public sealed class WithheldBodies
{
    private const string SmallRoom = """{ "buffered_bodies_mb": 64 }""";
    private const string SmallBodies = """{ "max_request_body_size_mb": 8 }""";
    private const int Large = 7 << 20;

    [Fact]
    public async Task Bodies_of_one_key_that_do_not_end_leave_room_for_other_keys()
    {
        await using var rig = await ShareRig.StartAsync(SmallRoom, client: SmallBodies);
        await Task.WhenAll(Enumerable.Range(1, 15).Select(i => rig.WithholdAsync(ShareRig.Attacker, Large, $"127.0.1.{i}")));
        await Eventually.UntilAsync(async () => await rig.ReachedAsync("body_key") >= 12);

        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-words-2", content: new string('a', 3_000_000))).Status);
        Assert.InRange(rig.Services.GetRequiredService<BodyReader>().Budget.Taken, 0, 17 << 20);
    }

    [Fact]
    public async Task Bodies_of_one_address_that_do_not_end_leave_room_for_other_addresses()
    {
        await using var rig = await ShareRig.StartAsync(SmallRoom, client: SmallBodies);
        string[] keys = [ShareRig.Attacker, ShareRig.Honest, ShareRig.Rare];
        await Task.WhenAll(Enumerable.Range(0, 15).Select(i => rig.WithholdAsync(keys[i % 3], Large)));
        await Eventually.UntilAsync(async () => await rig.ReachedAsync("body_address") >= 10);
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-words-2", content: new string('a', 3_000_000))).Status);
    }

    [Fact]
    public async Task Admins_write_while_the_room_of_callers_is_full()
    {
        await using var rig = await ShareRig.StartAsync("""{ "buffered_bodies_mb": 1 }""", client: """{ "max_request_body_size_mb": 1 }""");
        for (var i = 0; i < 16; i++) await rig.WithholdAsync(ShareRig.Attacker, 60_000);
        await Eventually.UntilAsync(() => rig.Services.GetRequiredService<BodyReader>().Budget.Taken >= 1 << 20);
        Assert.Equal(503, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);

        using var written = await PostAsync(rig, AdminServer.Token, "/api/governance/virtual-keys", """{"name":"new","allow_all_providers":true}""");
        Assert.True(written.IsSuccessStatusCode, await written.Content.ReadAsStringAsync());
        using var ready = await rig.Http.GetAsync(new Uri(rig.Address, "/health/ready"));
        Assert.True(ready.IsSuccessStatusCode);
    }

    /// <summary>Sibling: bodies of admins take room too, out of one of their own, and one token leaves some to the next.</summary>
    [Fact]
    public async Task Bodies_of_admins_that_do_not_end_leave_the_room_of_callers_and_of_other_admins()
    {
        await using var rig = await ShareRig.StartAsync();
        var other = await MakeTokenAsync(rig);
        await Task.WhenAll(Enumerable.Range(1, 6).Select(i => rig.WithholdAsync(AdminServer.Token, Large, $"127.0.1.{i}", "/api/governance/teams")));
        Assert.Equal(0, rig.Services.GetRequiredService<BodyReader>().Budget.Taken);
        await Eventually.UntilAsync(async () => await rig.ReachedAsync("body_key") >= 4);
        var large = """{"name":"new","allow_all_providers":true}""" + new string(' ', 3_000_000);
        using var written = await PostAsync(rig, other, "/api/governance/virtual-keys", large);
        Assert.True(written.IsSuccessStatusCode, await written.Content.ReadAsStringAsync());
        Assert.Equal(200, (await rig.AskAsync(ShareRig.Honest, "sim-echo")).Status);
    }

    /// <summary>What cannot be admitted is not waited for: the answer comes without the last byte.</summary>
    [Theory]
    [InlineData(ShareRig.Off, "403", "access_blocked", 200_000)]
    [InlineData(ShareRig.Off, "403", "access_blocked", 2_000)]
    [InlineData(ShareRig.Rare, "429", "request_limited", 200_000)]
    [InlineData(ShareRig.Single, "429", "concurrency_limited", 200_000)]
    public async Task A_body_is_waited_for_only_where_its_call_could_be_admitted(string secret, string status, string type, int bytes)
    {
        await using var rig = await ShareRig.StartAsync();
        if (secret == ShareRig.Rare) Assert.Equal(200, (await rig.AskAsync(secret, "sim-echo")).Status);
        using var running = secret == ShareRig.Single ? await rig.CallAsync(secret, "sim-words-5-stall-after-2", "\"stream\":true") : null;
        var answer = await ShareRig.ReadAsync(await rig.WithholdAsync(secret, bytes));
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"type\":\"{type}\"", answer, StringComparison.Ordinal);
        Assert.True(await rig.ReachedAsync("body_checked") >= 1);
    }

    /// <summary>A large body of a request that was refused was read on for 5 s, as fast as it came: 16 refused uploads a second took half the processor.</summary>
    [Theory]
    [InlineData(ShareRig.Off, "Content-Length: 100000000", " 403 ")]
    [InlineData(ShareRig.Attacker, "Content-Length: 900000000", " 413 ")]
    [InlineData("sk-bf-unknown-0123456789", "Content-Length: 100000000", " 403 ")]
    [InlineData("sk-bf-unknown-0123456789", "Transfer-Encoding: chunked", " 403 ")]
    public async Task A_large_body_of_a_refused_request_was_read_on(string secret, string framing, string status)
    {
        await using var rig = await ShareRig.StartAsync();
        using var stream = new NetworkStream(await ShareRig.ConnectAsync(rig.Address, "127.0.0.2"), ownsSocket: true);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {Requests.Chat} HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {secret}\r\n{framing}\r\n\r\n"));
        if (framing.Contains("chunked", StringComparison.Ordinal)) await stream.WriteAsync("5F5E100\r\n"u8.ToArray());
        var answer = await ShareRig.ReadAsync(stream);
        Assert.StartsWith($"HTTP/1.1{status}", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);

        // The buffers on the way take some; then the connection ends.
        var (piece, sent) = (new byte[1 << 20], 0);
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (; sent < 90; sent++) await stream.WriteAsync(piece).AsTask().InTimeAsync();
        });
        Assert.InRange(sent, 0, 30);
    }

    [Fact]
    public async Task A_body_that_stops_is_given_up()
    {
        await using var rig = await ShareRig.StartAsync();
        var answer = await ShareRig.ReadAsync(await rig.WithholdAsync(ShareRig.Attacker, 100_000));
        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", answer, StringComparison.Ordinal);
        Assert.Equal(1, await rig.ReachedAsync("body_progress"));
        await Eventually.UntilAsync(() => rig.Services.GetRequiredService<BodyReader>().Budget.Taken == 0);
    }

    private static async Task<string> MakeTokenAsync(ShareRig rig)
    {
        using var made = await PostAsync(rig, AdminServer.Token, "/api/admin-tokens", """{"name":"another","role":"admin"}""");
        var body = await made.Content.ReadAsStringAsync();
        Assert.True(made.IsSuccessStatusCode, body);
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("admin_token").GetProperty("value").GetString()!;
    }

    private static async Task<HttpResponseMessage> PostAsync(ShareRig rig, string token, string path, string json)
    {
        using var write = new HttpRequestMessage(HttpMethod.Post, new Uri(rig.Address, path)) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        write.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return await rig.Http.SendAsync(write);
    }
}
