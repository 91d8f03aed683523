using System.Net.Sockets;
using System.Text;
using CsCheck;

namespace Bifrost.Gateway.Tests.Http;

[Collection<SharedGateway>]
public class Malformed(RunningGateway gateway)
{
    private const int Count = 10_000;

    private static readonly string s_seed = Requests.Body("sim/sim-blank", """
        "temperature":0.5,"stop":["a","b"],"tools":[{"type":"function","function":{"name":"f"}}],"n":1,"metadata":{"a":{"b":[1,2,3]}},"stream":false
        """);

    [Fact]
    public async Task Ten_thousand_generated_bodies_never_break_it()
    {
        var statuses = new int[600];
        await BrokenBodies.Of(s_seed).SampleAsync(
            async body =>
            {
                var answer = await gateway.PostAsync(Requests.Chat, body, ("x-bf-vk", RunningGateway.OpenKey));
                Assert.True(answer.Status < 500, $"{answer.Status}: {answer.Body}");
                if (answer.Status != 200) Answer.CheckError(answer.Json, answer.Status, null);
                Interlocked.Increment(ref statuses[answer.Status]);
            },
            iter: Count, threads: 8, print: Encoding.UTF8.GetString);

        // The damage must be real, or the test would say nothing.
        Assert.True(statuses[400] > Count / 2, $"only {statuses[400]} were refused");
        Assert.Equal(200, (await gateway.ChatAsync(Requests.Body("sim/sim"))).Status);
    }

    /// <summary>Requests that are no HTTP: the connection may end, the server may not.</summary>
    [Theory]
    [InlineData("GET\r\n\r\n")]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("POST /openai/v1/chat/completions HTTP/9.9\r\n\r\n")]
    [InlineData("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")]
    [InlineData("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nx-bf-vk: @\r\n\r\nzz\r\n")]
    [InlineData("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nx-bf-vk: @\r\n\r\n")]
    public async Task A_broken_request_is_a_400(string raw)
    {
        var answer = await RawAsync(raw.Replace("@", RunningGateway.OpenKey, StringComparison.Ordinal));
        Assert.Matches("^HTTP/1.1 (400|501|505) ", answer);
        Assert.Equal(200, (await gateway.ChatAsync(Requests.Body("sim/sim"))).Status);
    }

    [Fact]
    public async Task A_body_in_bad_chunks_is_a_400_with_the_error_object()
    {
        var answer = await RawAsync($"POST {Requests.Chat} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nx-bf-vk: {RunningGateway.OpenKey}\r\n\r\n5\r\n{{\"mod\r\nzz\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"invalid_request_error\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_in_single_bytes_is_read_like_any_other()
    {
        var body = Requests.Body("sim/sim-echo");
        var request = $"POST {Requests.Chat} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-bf-vk: {RunningGateway.OpenKey}\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        using var socket = await ConnectAsync();
        await using var stream = new NetworkStream(socket);
        foreach (var one in Encoding.ASCII.GetBytes(request)) await stream.WriteAsync(new[] { one });
        Assert.StartsWith("HTTP/1.1 200 ", await ReadAsync(stream), StringComparison.Ordinal);
    }

    private async Task<string> RawAsync(string request)
    {
        using var socket = await ConnectAsync();
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        return await ReadAsync(stream);
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port);
        return socket;
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).InTimeAsync();
    }
}
