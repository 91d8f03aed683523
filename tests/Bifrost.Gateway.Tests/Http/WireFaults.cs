using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Bifrost.Server.Composition;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>What upstreams do, through the whole gateway at the level of bytes: plain, streamed, and as jobs.</summary>
[Collection<SharedGateway>]
public class WireFaults(RunningGateway gateway)
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    private const string Role = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    private const string Chunk = "data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"good\"}}]}\n\n";
    private const string Died = """{"object":"error","message":"EngineCore died","code":500}""";

    [Theory]
    [InlineData(Died, "EngineCore died")]
    [InlineData("""{"detail":"Not enough credits"}""", "Not enough credits")]
    [InlineData("""{"choices":null,"error_type":"x","error_message":"slow down"}""", "slow down")]
    public async Task An_error_after_a_good_chunk_ends_the_stream_with_an_error(string error, string words)
    {
        await using var at = await BesideAsync(RawUpstream.Saying($"{Head}{Role}{Chunk}data: {error}\n\ndata: [DONE]\n\n"));
        var answer = await at.ChatAsync(true);
        Assert.Equal((200, "[DONE]"), (answer.Status, answer.Events[^1]));
        Assert.Contains("good", answer.Events[1], StringComparison.Ordinal);
        Answer.CheckError(JsonDocument.Parse(answer.Events[^2]).RootElement, null, null);
        Assert.Contains(words, answer.Events[^2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(Role)]
    [InlineData("data: {\"type\":\"ping\"}\n\n")]
    public async Task An_error_before_content_falls_back(string before)
    {
        await using var at = await BesideAsync(RawUpstream.Saying($"{Head}{before}data: {Died}\n\ndata: [DONE]\n\n"));
        var answer = await at.ChatAsync(true, RawGateway.Fallback);
        Assert.Equal((200, "good"), (answer.Status, answer.Header("x-bifrost-provider")));
        Assert.DoesNotContain("EngineCore", answer.Body, StringComparison.Ordinal);
        (await at.ChatAsync(true)).IsError(500, "server_error");
    }

    [Fact]
    public async Task A_plain_error_under_a_200_is_an_error_falls_back_and_fails_a_job()
    {
        await using var at = await BesideAsync(RawUpstream.Saying(RawUpstream.Answer("application/json", Died)));
        var answer = (await at.ChatAsync(false)).IsError(500, "server_error");
        Assert.Contains("EngineCore died", answer.Body, StringComparison.Ordinal);
        Assert.Equal("good", (await at.ChatAsync(false, RawGateway.Fallback)).Header("x-bifrost-provider"));
        var job = await at.JobAsync();
        Assert.Equal(500, job.GetProperty("status_code").GetInt32());
        Assert.Contains("EngineCore died", job.GetProperty("error").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_that_calls_itself_text_is_an_answer_plain_streamed_and_as_a_job()
    {
        const string json = """{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";
        await using var at = await BesideAsync(RawUpstream.Saying(RawUpstream.Answer("text/html", "\uFEFF" + json, headers: "Content-Encoding: identity\r\n")));
        Assert.Equal("whole", (await at.ChatAsync(false)).Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        var events = (await at.ChatAsync(true, "\"stream_options\":{\"include_usage\":true}")).Events;
        Assert.Equal(3, events.Count);
        Assert.Equal("whole", JsonDocument.Parse(events[0]).RootElement.GetProperty("choices")[0].GetProperty("delta").GetProperty("content").GetString());
        Assert.Equal(2, JsonDocument.Parse(events[1]).RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Equal("whole", (await at.JobAsync()).GetProperty("result").GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(401, """{"error":{"message":"Bad key, friend"}}""", "Bad key, friend")]
    [InlineData(402, """{"error":"Insufficient credits"}""", "Insufficient credits")]
    [InlineData(403, """{"message":"Country not served"}""", "Country not served")]
    [InlineData(402, "Insufficient credits, in plain text", "in plain text")]
    public async Task What_a_provider_says_of_our_key_survives(int status, string body, string words)
    {
        await using var at = await BesideAsync(RawUpstream.Saying($"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        foreach (var stream in (bool[])[false, true])
        {
            var answer = (await at.ChatAsync(stream)).IsError(502, "upstream_credentials_exhausted");
            Assert.Contains(words, answer.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.Contains(words, (await at.JobAsync()).GetProperty("error").GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kept_connection_that_dies_is_no_failure_and_no_cost()
    {
        await using var at = await BesideAsync(RawUpstream.DyingKept(RawUpstream.Answer("application/json", """{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}""")));
        for (var i = 0; i < 4; i++) Assert.Equal(200, (await at.ChatAsync(false)).Status);
    }

    [Fact]
    public async Task Sources_beside_a_usage_go_out_without_it()
    {
        const string last = "data: {\"choices\":[],\"citations\":[\"https://a.example\"],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}\n\ndata: [DONE]\n\n";
        await using var at = await BesideAsync(RawUpstream.Saying(Head + Chunk + last));
        var events = (await at.ChatAsync(true)).Events;
        Assert.Equal(3, events.Count);
        var shown = JsonDocument.Parse(events[1]).RootElement;
        Assert.Equal(("https://a.example", 0, false), (shown.GetProperty("citations")[0].GetString(), shown.GetProperty("choices").GetArrayLength(), shown.TryGetProperty("usage", out _)));
        var asked = (await at.ChatAsync(true, "\"stream_options\":{\"include_usage\":true}")).Events;
        Assert.Equal(3, asked.Count);
        Assert.Equal(2, JsonDocument.Parse(asked[1]).RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Contains("citations", asked[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: {\"id\":\"a\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"good\"}}]}\ndata: [DONE]\n\n")]
    [InlineData("data: null\n\n" + Chunk + "data:  \n\ndata: [DONE]\n\n")]
    public async Task Careless_framing_reads_like_any_other(string events)
    {
        await using var at = await BesideAsync(RawUpstream.Saying(Head + events));
        var answer = await at.ChatAsync(true);
        Assert.Equal(2, answer.Events.Count);
        Assert.Contains("good", answer.Events[0], StringComparison.Ordinal);
        Assert.Equal("[DONE]", answer.Events[1]);
    }

    [Theory]
    [InlineData("max")]
    [InlineData("default")]
    public async Task An_effort_that_only_the_provider_knows_goes_to_it_unless_enums_are_strict(string effort)
    {
        var model = RunningGateway.Tagged("sim");
        Assert.Equal(200, (await gateway.ChatAsync(Requests.Body($"sim/{model}", $"\"reasoning_effort\":\"{effort}\""))).Status);
        Assert.Equal(effort, Upstream.BodyOf(await gateway.CallToAsync(model)).GetProperty("reasoning_effort").GetString());
        await using var strict = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"strict_enums":true}"""));
        (await SendAsync(strict, Requests.Body("sim/sim", $"\"reasoning_effort\":\"{effort}\""))).IsError(400, "invalid_request_error");
    }

    [Fact]
    public async Task Error_names_are_those_of_the_version_that_is_set()
    {
        await using var old = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"error_names":"v1"}"""));
        (await SendAsync(old, Requests.Body("sim/sim"), "sk-bf-unknown")).IsError(403, "virtual_key_not_found");
        (await gateway.PostAsync(Requests.Chat, Requests.Body("sim/sim"), ("x-bf-vk", "sk-bf-unknown"))).IsError(403, "access_not_found");
    }

    [Fact]
    public async Task A_provider_that_is_not_spoken_to_is_a_400_and_falls_back_plain_streamed_and_as_a_job()
    {
        await using var at = await BesideAsync(RawUpstream.Saying(""), "\"cohere\":{\"keys\":[{\"value\":\"k\"}]},");
        foreach (var stream in (bool[])[false, true])
        {
            var answer = (await at.ChatAsync(stream, model: "cohere/claude")).IsError(400, "provider_not_supported");
            Assert.Contains("'cohere'", answer.Body, StringComparison.Ordinal);
            Assert.Equal("good", (await at.ChatAsync(stream, RawGateway.Fallback, "cohere/claude")).Header("x-bifrost-provider"));
        }

        Assert.Equal(400, (await at.JobAsync("cohere/claude")).GetProperty("status_code").GetInt32());
    }

    [Theory]
    [InlineData("GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nx-big: @\r\nConnection: close\r\n\r\n", 40_000, 431)]
    [InlineData("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nx-bf-vk: KEY\r\nx-big: @\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 40_000, 431)]
    [InlineData("GET /v1/models?x=@ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 9_000, 414)]
    [InlineData("GET /@ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", 9_000, 414)]
    public async Task Headers_and_addresses_that_are_too_large_have_the_error_object(string request, int size, int status)
    {
        var text = request.Replace("KEY", RunningGateway.OpenKey, StringComparison.Ordinal).Replace("@", new string('x', size), StringComparison.Ordinal);
        var answer = await ExchangeAsync(gateway.Address, text);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Answer.CheckError(JsonOf(answer), status, "invalid_request_error");
    }

    /// <summary>An encoded percent sign in a model's name was decoded twice.</summary>
    [Theory]
    [InlineData("sim%2541", "sim%41")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("a%2Fb", "a/b")]
    public async Task Models_in_paths_are_decoded_once(string sent, string read)
    {
        var answer = await gateway.GetAsync($"/v1/models/{sent}", ("x-bf-vk", RunningGateway.OpenKey));
        Assert.Contains($"'{read}'", answer.IsError(404, "not_found").Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_of_allowed_origins_may_call_inference_routes_and_no_others()
    {
        await using var open = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"allowed_origins":["https://a.example","https://*.b.example"]}"""));
        foreach (var (path, origin, allowed) in new[]
        {
            (Requests.Chat, "https://a.example", true), (Requests.Chat, "https://x.b.example", true), ("/v1/models", "https://a.example", true),
            ("/v1/async/chat/completions", "https://a.example", true), (Requests.Chat, "https://evil.example", false),
            (Requests.Chat, "https://evil.example/.b.example", false), (Requests.Chat, "https://b.example", false),
            ("/api/governance/virtual-keys", "https://a.example", false), ("/health", "https://a.example", false), ("/metrics", "https://a.example", false),
        })
        {
            using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(open.Address, path));
            var answer = await gateway.SendAsync(preflight, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization, content-type"));
            Assert.Equal(allowed ? origin : null, answer.Header("Access-Control-Allow-Origin"));
            Assert.True(!allowed || (answer.Status == 204 && answer.Header("Access-Control-Allow-Headers") == "authorization, content-type"), $"{path} {answer.Status}");
            using var call = new HttpRequestMessage(HttpMethod.Get, new Uri(open.Address, path));
            Assert.Equal(allowed ? origin : null, (await gateway.SendAsync(call, ("Origin", origin))).Header("Access-Control-Allow-Origin"));
        }

        using var closed = new HttpRequestMessage(HttpMethod.Options, new Uri(gateway.Address, Requests.Chat));
        Assert.Equal(405, (await gateway.SendAsync(closed, ("Origin", "https://a.example"), ("Access-Control-Request-Method", "POST"))).Status);
    }

    /// <summary>A page reads an error only where the answer lets it: refusals, and a request that broke under way.</summary>
    [Fact]
    public async Task Pages_read_errors_and_the_headers_that_say_what_became_of_a_call()
    {
        await using var open = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"allowed_origins":["https://a.example"]}"""));
        using var call = new HttpRequestMessage(HttpMethod.Post, new Uri(open.Address, Requests.Chat)) { Content = new StringContent("{}") };
        var refused = await gateway.SendAsync(call, ("Origin", "https://a.example"));
        Assert.Equal((401, "https://a.example", "Origin"), (refused.Status, refused.Header("Access-Control-Allow-Origin"), refused.Header("Vary")));
        foreach (var name in (string[])["x-request-id", "retry-after", "x-ratelimit-remaining-requests", "x-bf-async-id"])
            Assert.Contains(name, refused.Header("Access-Control-Expose-Headers")!.Split(", "));

        // Whoever keeps answers must not give a page of one origin what another one got, or none.
        using var other = new HttpRequestMessage(HttpMethod.Get, new Uri(open.Address, "/v1/models"));
        var closed = await gateway.SendAsync(other, ("Origin", "https://b.example"));
        Assert.Equal((null, "Origin", null), (closed.Header("Access-Control-Allow-Origin"), closed.Header("Vary"), closed.Header("Access-Control-Expose-Headers")));

        var broken = await ExchangeAsync(
            open.Address,
            $"POST {Requests.Chat} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-bf-vk: {RunningGateway.OpenKey}\r\nOrigin: https://a.example\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", broken, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: https://a.example\r\n", broken, StringComparison.Ordinal);

        await using var any = await RunningGateway.StartAsync(RunningGateway.Configuration(gateway.Simulator, """{"allowed_origins":["*"]}"""));
        using var anyone = new HttpRequestMessage(HttpMethod.Get, new Uri(any.Address, "/v1/models"));
        var answered = await gateway.SendAsync(anyone, ("Origin", "https://b.example"));
        Assert.Equal(("*", null), (answered.Header("Access-Control-Allow-Origin"), answered.Header("Vary")));
    }

    [Theory]
    [InlineData(100, 401)]
    [InlineData(101, 431)]
    public async Task A_request_has_a_hundred_headers_at_most(int headers, int status)
    {
        var more = string.Concat(Enumerable.Range(0, headers - 2).Select(i => $"x-{i}: 1\r\n"));
        var answer = await ExchangeAsync(gateway.Address, $"GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{more}\r\n");
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Answer.CheckError(JsonOf(answer), status, null);
    }

    private Task<Answer> SendAsync(GatewayServer server, string body, string key = RunningGateway.OpenKey)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, Requests.Chat)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return gateway.SendAsync(request, ("x-bf-vk", key));
    }

    /// <summary>One request on a connection of its own, and all that comes back until the server closes it.</summary>
    private static async Task<string> ExchangeAsync(Uri address, string request)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var (said, piece) = (new StringBuilder(), new byte[4_096]);
        try
        {
            while (await stream.ReadAsync(piece).AsTask().InTimeAsync() is > 0 and var count) said.Append(Encoding.UTF8.GetString(piece, 0, count));
        }
        catch (IOException)
        {
            // Reset behind the answer, because some of the request was left unread.
        }

        return said.ToString();
    }

    private static JsonElement JsonOf(string answer) => JsonDocument.Parse(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]).RootElement;

    private Task<RawGateway> BesideAsync(RawUpstream upstream, string providers = "") => RawGateway.StartAsync(gateway, upstream, providers);
}
