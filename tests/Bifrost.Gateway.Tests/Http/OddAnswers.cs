using System.Text;

namespace Bifrost.Gateway.Tests.Http;

/// <summary>Answers that nobody reported yet, of upstreams and of what stands before them: no odd byte breaks a promise of the contract.</summary>
[Collection<SharedGateway>]
public sealed class OddAnswers(PublicReports.AtBytes at, RunningGateway gateway) : IClassFixture<PublicReports.AtBytes>
{
    private const string Text = "h\u00e9llo \ud83c\udf0d";
    private const string Chunk = "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + Text + "\"}}]}\n\n";
    private const string Whole = "{\"id\":\"1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" + Text + "\"},\"finish_reason\":\"stop\"}]}";
    private const string Done = "data: [DONE]\n\n";
    private const string Page = "<html><body>Sign in, secret-of-a-page</body></html>";

    private static readonly Reported[] s_answers =
    [
        .. Both("a byte at a time", Reported.Events(Whole, "application/json", 1), Reported.Events(Chunk + Done, partBytes: 1), Text),
        Stream("carriage returns alone", Reported.Events((Chunk + Done).Replace('\n', '\r')), Text),
        Stream("carriage returns alone, a byte at a time", Reported.Events((Chunk + Done).Replace('\n', '\r'), partBytes: 1), Text),
        .. Both("an end of the connection is the end", Raw($"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{Whole}"), Raw($"HTTP/1.0 200 OK\r\n\r\n{Chunk}{Done}"), Text),
        .. Both("interim answers before it", [.. Raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), .. Reported.Json(Whole)], [.. Raw("HTTP/1.1 102 Processing\r\n\r\n"), .. Reported.Events(Chunk + Done)], Text),
        .. Both("no reason behind the status", Raw($"HTTP/1.1 200\r\nContent-Length: {Encoding.UTF8.GetByteCount(Whole)}\r\n\r\n{Whole}"), Raw($"HTTP/1.1 200\r\n\r\n{Chunk}{Done}"), Text),
        .. Both("trailers and extensions of pieces", Raw($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{Encoding.UTF8.GetByteCount(Whole):x};a=b\r\n{Whole}\r\n0\r\nX-Sum: 1\r\n\r\n"), Raw($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{Encoding.UTF8.GetByteCount(Chunk + Done):x};a=b\r\n{Chunk}{Done}\r\n0\r\nX-Sum: 1\r\n\r\n"), Text),
        .. Both("a header that no header may hold", Reported.Json(Whole, headers: "openai-processing-ms: 1\u00e9\r\nretry-after: soon\r\n"), Raw($"HTTP/1.1 200 OK\r\nopenai-processing-ms: \u00e9\r\n\r\n{Chunk}{Done}"), Text),
        Stream("an end mark without a line end", Reported.Events(Chunk + "data: [DONE]"), Text),
        Stream("more behind the end mark", Reported.Events(Chunk + Done + Chunk + "data: {\"error\":{\"message\":\"late\"}}\n\n"), Text),
        Stream("ids, retry times and unknown fields", Reported.Events("id: 1\nretry: 1\nerror: none\nfoo\nbar: {}\n" + Chunk + "error: none\n\n" + Done), Text),
        Stream("a usage twice in a chunk", Reported.Events("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + Text + "\"}}],\"usage\":{\"prompt_tokens\":1},\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3}}\n\n" + Done), Text),

        Cut("a chunk that the end cuts off", Reported.Events(Chunk + "data: {\"choices\":[{\"index\":0,\"del"), "not a JSON object"),
        Cut("a chunk without a blank line before the end", Reported.Events(Chunk.TrimEnd()), "without an end mark"),
        Cut("pieces without an end", Reported.Events(Chunk + Done)[..^("\r\n0\r\n\r\n".Length + Done.Length)], "cut the connection"),

        .. BothFailing("a piece whose size is none", Raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 502, "cut the connection"),
        .. BothFailing("a page", Reported.Events(Page, "text/html"), 502, ""),
        new("a sentence", false, Reported.Events("no healthy upstream", "text/plain"), Status: 502, Words: "instead of JSON. It said: no healthy upstream"),
        new("a sentence, streamed", true, Reported.Events("no healthy upstream", "text/plain"), Status: 502, Words: "without an end mark"),
        .. BothFailing("nothing, as 204", Raw("HTTP/1.1 204 No Content\r\n\r\n"), 502, ""),
        .. BothFailing("nothing, as 200", Raw("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), 502, ""),
        .. BothFailing("a redirect", Raw("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"), 502, "307"),
        .. BothFailing("not modified", Raw("HTTP/1.1 304 Not Modified\r\n\r\n"), 502, "304"),
        .. BothFailing("a status that is none", Raw("HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"), 502, "999"),
        .. BothFailing("another protocol", Raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"), 502, "101"),
        .. BothFailing("no HTTP", Raw("220 mail.example ESMTP\r\n"), 502, "not HTTP"),
        .. BothFailing("headers without an end", Raw($"HTTP/1.1 200 OK\r\nX: {new string('x', 100_000)}"), 502, ""),
        .. BothFailing("zipped bytes that do not say so", [.. Raw("HTTP/1.1 500 No\r\nContent-Type: application/json\r\n\r\n"), .. Reported.Zipped("", "{}")[^22..]], 500, "status 500"),
        .. BothFailing("zeros zipped", Reported.Zipped("503 No", new string('\0', 5_000_000)), 503, "status 503"),
        new("lines zipped, streamed", true, Reported.Zipped("200 OK", $"data: {new string(' ', 5_000_000)}\n\n"), Status: 502, Words: "longer than"),
        new("pieces without an end, plain", false, Reported.Events(Whole, "application/json")[..^5], Status: 502, Words: "cut the connection"),
        new("two answers in one", false, Reported.Json(Whole + Whole), Status: 502, Words: "not a JSON object"),
        new("too deep", false, Reported.Json(string.Concat(Enumerable.Repeat("{\"choices\":[", 200))), Status: 502, Words: "not a JSON object"),
    ];

    public static TheoryData<string> Names => [.. s_answers.Select(answer => answer.Report)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Are_answers_or_errors_as_the_contract_says(string name)
    {
        var answer = s_answers.Single(one => one.Report == name);
        at.Bytes = answer.Bytes;
        await PublicReports.CheckAsync(at.Gateway, answer);
        if (answer.Text is null) Assert.DoesNotContain("secret-of-a-page", (await at.Gateway.ChatAsync(answer.IsStream)).Body, StringComparison.Ordinal);
    }

    /// <summary>Bytes behind an answer are no answer to the next caller.</summary>
    [Fact]
    public async Task What_stands_behind_an_answer_answers_nobody()
    {
        var first = Encoding.UTF8.GetString(Reported.Json(Whole));
        var stale = Encoding.UTF8.GetString(Reported.Json(Whole.Replace(Text, "stale", StringComparison.Ordinal)));
        await using var beside = await RawGateway.StartAsync(gateway, RawUpstream.SayingForEver(first + stale));
        for (var i = 0; i < 3; i++)
        {
            var answer = await beside.ChatAsync(false);
            Assert.True(answer.Status == 200, answer.Body);
            Assert.DoesNotContain("stale", answer.Body, StringComparison.Ordinal);
        }
    }

    private static byte[] Raw(string bytes) => Encoding.UTF8.GetBytes(bytes);

    private static IEnumerable<Reported> Both(string name, byte[] plain, byte[] stream, string text) => [new(name, false, plain, text), Stream(name + ", streamed", stream, text)];

    private static IEnumerable<Reported> BothFailing(string name, byte[] bytes, int status, string words) =>
        [new(name, false, bytes, Status: status, Words: words), new(name + ", streamed", true, bytes, Status: status, Words: words)];

    private static Reported Stream(string name, byte[] bytes, string text) => new(name, true, bytes, text);

    private static Reported Cut(string name, byte[] bytes, string words) => new(name, true, bytes, Text, Words: words);
}
