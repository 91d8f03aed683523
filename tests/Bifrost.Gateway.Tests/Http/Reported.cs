using System.IO.Compression;
using System.Text;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>What one upstream sent, as bytes, and what must come of it.</summary>
/// <param name="Report">Where it was reported, and what tells its cases apart.</param>
/// <param name="IsStream">Whether a stream was asked for.</param>
/// <param name="Bytes">The whole answer.</param>
/// <param name="Text">The text that the caller gets; null: the call fails before any.</param>
/// <param name="Status">The error's status where there is no text.</param>
/// <param name="Words">Words of the error; null: none.</param>
/// <param name="Shown">What else must be shown.</param>
/// <param name="Falls">Whether the next target is tried where there is no text.</param>
internal sealed record Reported(
    string Report, bool IsStream, byte[] Bytes, string? Text = null, int Status = 200, string? Words = null, string? Shown = null, bool Falls = true)
{
    private const string Role = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    private const string Hello = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"},\"finish_reason\":null}]}\n\n";
    private const string Finish = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    private const string Done = "data: [DONE]\n\n";
    private const string Whole = """{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}""";
    private const string ContextWords = "the request exceeds the available context size. try increasing the context size or enable context shift";
    private const string LlamaError = "{\"code\":400,\"message\":\"" + ContextWords + "\",\"type\":\"invalid_request_error\"}";
    private const string Overloaded = """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""";

    public static IEnumerable<Reported> All =>
    [
        .. Errors, .. Framing, .. Bodies,
    ];

    /// <summary>Errors under a 200.</summary>
    private static IEnumerable<Reported> Errors =>
    [
        Failing("apache/rocketmq-dashboard#2178", "data: {\"error\":{\"message\":\"quota exceeded\"}}\n\ndata: [DONE]\n", 502, "quota exceeded"),
        Failing("farzaa/clicky#132", $"event: error\ndata: {Overloaded}\n\n", 529, "Overloaded"),
        Cut("farzaa/clicky#132, after text", $"{Hello}event: error\ndata: {Overloaded}\n\n", "Overloaded"),
        Failing("ggml-org/llama.cpp#14566", $"error: {LlamaError}\n\n{Done}", 400, ContextWords),
        Cut("ggml-org/llama.cpp#14566, after text", $"{Hello}error: {LlamaError}\n\n{Done}", ContextWords),
        Cut("ggml-org/llama.cpp#14566, no blank line", $"{Hello.TrimEnd()}\nerror: {LlamaError}\n{Done}", ContextWords),
        Failing("vllm-project/vllm#40986", Done, 502, "without a single chunk"),
        Failing("maximhq/bifrost#5395", $$$"""{{{Role}}}event: error{{{"\n"}}}data: {"type":"error","error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota","param":null}}{{{"\n\n"}}}""", 502, "exceeded your current quota"),
        Failing("EasyMetaAu/helm-api#381", Role + "data: {\"error\":{\"code\":\"server_is_overloaded\",\"message\":\"Our servers are currently overloaded.\"}}\n\n" + Done, 502, "currently overloaded"),
        Failing("diegosouzapw/OmniRoute#12465", Role + "data: {\"error\":{\"message\":\"upstream stream failed\"}}\n\n", 502, "upstream stream failed"),
        Failing("diegosouzapw/OmniRoute#8972", "data: {\"error\":{\"message\":\"no content in any known frame\"}}\n\n", 502, "no content in any known frame"),
        Failing("ardanlabs/kronk#862", "data: {\"error\":{\"code\":\"server_error\",\"message\":\"unable to process request: the context window is full.\",\"type\":\"server_error\"}}\n\n", 400, "the context window is full"),
        Failing("lemonade-sdk/lemonade#2826", "{\"error\":" + LlamaError + "}", 400, ContextWords),
        Failing("caidaoli/ccLoad#69", "data: {\"type\": \"ping\"}\ndata: {\"type\": \"ping\"}\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"Concurrency limit exceeded\"}}\n\n", 429, "Concurrency limit exceeded"),
        Failing("lucasjinreal/Crane#121", $"data: error: engine failed\n\n{Done}", 502, "engine failed"),
        Cut("lucasjinreal/Crane#121, after text", $"{Hello}data: error: engine failed\n\n{Done}", "engine failed"),
        Cut("BerriAI/litellm#26015", Hello + "data: {\"error\":{\"code\":429,\"message\":\"Resource exhausted.\",\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n", "Resource exhausted."),
        Cut("Wei-Shaw/sub2api#1471", Hello + "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"del\ndata: {\"type\":\"error\",\"sequence_number\":0,\"error\":{\"type\":\"upstream_error\",\"message\":\"stream_read_error\"}}\n\n", "stream_read_error"),
        Cut("decolua/9router#2046", $"{Hello}data: <html><body>502 Bad Gateway</body></html>\n\n{Done}", "not a JSON object"),
        new("oobabooga/textgen#7257", false, Json($$"""{"error":{{LlamaError}}}"""), Status: 400, Words: ContextWords),
    ];

    /// <summary>Streams that are framed in other ways, or end early.</summary>
    private static IEnumerable<Reported> Framing =>
    [
        Good("mnfst/llm-gateway#2053", $"data: : OPENROUTER PROCESSING\n\ndata: : OPENROUTER PROCESSING\n\n{Hello}{Done}"),
        Good("coder/coder#28185", $":\n\n{Role}:\n\n{Hello}:\n\n{Done}"),
        Good("theopenco/llmgateway#2334", $": ping\n{Hello}: ping\n{Done}"),
        Good("router-for-me/CLIProxyAPI#2460", $"data:\n\n{Hello}data: \n\n{Finish}{Done}"),
        Good("majiayu000/litellm-rs#170", $"{Hello}{Finish}[DONE]"),
        Good("maximhq/bifrost#1613", $"{Hello}{Done}".Replace("\n", "\r\n", StringComparison.Ordinal) + "\r\n"),
        new("apache/rocketmq-dashboard#437", true, Events("event: message\r\n" + $"{Hello}{Done}".Replace("\n", "\r\n", StringComparison.Ordinal), partBytes: 7), "Hello"),
        Good("lmstudio-ai/lmstudio-bug-tracker#2339", $"{Role}{Finish}{Done}", ""),
        new("BerriAI/litellm#13777", true, Events("data: {\"id\":\"1\",\"model\":\"sonar\",\"usage\":{\"prompt_tokens\":15,\"completion_tokens\":1,\"total_tokens\":16},\"citations\":[\"https://x.example/a\"],\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"finish_reason\":null,\"message\":{\"role\":\"assistant\",\"content\":\"Hello\"},\"delta\":{\"role\":\"assistant\",\"content\":\"Hello\"}}]}\n\n" + Done), "Hello", Shown: "\"citations\":[\"https://x.example/a\"]"),
        new("ollama/ollama#7881", true, Events("data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}}]}}]}\n\n" + Done), "", Shown: "\"id\":\"call_1\""),
        Cut("2389-research/tracker#544", Hello + Finish, "without an end mark"),
        Cut("maximhq/bifrost#5546", Hello, "without an end mark"),
        new("maximhq/bifrost#5546, within the body", true, Events(Hello)[..^7], "Hello", Words: "cut the connection"),
        Failing("maximhq/bifrost#5546, before text", "", 502, "without an end mark"),
        Failing("ltmoerdani/opencode-copilot-chat#178", Role, 502, "without an end mark"),
    ];

    /// <summary>Media types, codings, and answers of the other kind.</summary>
    private static IEnumerable<Reported> Bodies =>
    [
        new("lidge-jun/opencodex#3803", true, Json(Whole), "Hello"),
        new("microsoft/foundry-dev-tools#195", true, Events($"{Hello}{Done}", "application/json"), "Hello"),
        new("nearai/private-ml-sdk#20", true, Events($"{Hello}{Done}", null), "Hello"),
        new("decolua/9router#3492", false, Events($"{Whole}data: [DONE]\n\n"), "Hello"),
        new("decolua/9router#3492, streamed", true, Events($"{Whole}data: [DONE]\n\n"), "Hello"),
        new("gumieri/nenya#17", false, Events($"{Whole}\ndata: {Overloaded}\n\n"), Status: 529, Words: "Overloaded"),
        new("Wei-Shaw/sub2api#3181", false, Json($"{{\"error\":{{\"message\":\"temperature is out of range\",\"type\":\"invalid_request_error\"}}}}data: {Overloaded}\n\n", "400 Bad Request"), Status: 400, Words: "temperature is out of range", Falls: false),
        new("QuantumNous/new-api#5230", false, Events($"{Hello}{Done}"), Status: 502, Words: "instead of JSON"),
        new("stacklok/codegate#149", false, Events($"data: 'async for' requires an object with __aiter__ method\n\n{Done}"), Status: 502, Words: "instead of JSON"),
        new("router-for-me/CLIProxyAPI#1895", false, Zipped("400 Bad Request", """{"type":"error","error":{"type":"invalid_request_error","message":"temperature: 5 is not in the accepted range."}}"""), Status: 400, Words: "not in the accepted range", Falls: false),
        new("router-for-me/CLIProxyAPI#1895, streamed", true, Zipped("400 Bad Request", """{"type":"error","error":{"type":"invalid_request_error","message":"temperature: 5 is not in the accepted range."}}"""), Status: 400, Words: "not in the accepted range", Falls: false),
        new("Anionex/agent-vision-toolkit#36", false, Zipped("200 OK", Whole), "Hello"),
        new("Anionex/agent-vision-toolkit#36, streamed", true, Zipped("200 OK", $"{Hello}{Done}"), "Hello"),
        new("headroomlabs-ai/headroom#1513", false, Json(Whole)[..^9], Status: 502, Words: "cut the connection"),
    ];

    public override string ToString() => Report;

    /// <summary>An answer in pieces of <c>Transfer-Encoding: chunked</c>.</summary>
    internal static byte[] Events(string body, string? contentType = "text/event-stream", int partBytes = int.MaxValue)
    {
        var sent = new List<byte>(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 200 OK\r\n{(contentType is null ? "" : $"Content-Type: {contentType}\r\n")}Transfer-Encoding: chunked\r\n\r\n"));
        foreach (var part in Encoding.UTF8.GetBytes(body).Chunk(partBytes))
            sent.AddRange([.. Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), .. part, .. "\r\n"u8]);
        sent.AddRange("0\r\n\r\n"u8);
        return [.. sent];
    }

    internal static byte[] Json(string body, string status = "200 OK", string headers = "") => Encoding.UTF8.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    internal static byte[] Zipped(string status, string body)
    {
        using var zipped = new MemoryStream();
        using (var to = new GZipStream(zipped, CompressionMode.Compress, leaveOpen: true)) to.Write(Encoding.UTF8.GetBytes(body));
        var head = $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {zipped.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. zipped.ToArray()];
    }

    private static Reported Good(string report, string events, string text = "Hello") => new(report, true, Events(events), text);

    private static Reported Cut(string report, string events, string words) => new(report, true, Events(events), "Hello", Words: words);

    private static Reported Failing(string report, string events, int status, string words) => new(report, true, Events(events), null, status, words);
}
