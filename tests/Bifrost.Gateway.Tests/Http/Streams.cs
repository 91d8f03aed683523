using System.Text.Json;

namespace Bifrost.Gateway.Tests.Http;

[Collection<SharedGateway>]
public class Streams(RunningGateway gateway)
{
    private Task<Answer> StreamAsync(string model, string extra = "\"stream\":true", string provider = "sim") =>
        gateway.ChatAsync(Requests.Body($"{provider}/{model}", extra));

    [Fact]
    public async Task Is_framed_as_events_with_an_index_and_ends_with_its_mark()
    {
        var answer = await StreamAsync("sim-words-5");
        Assert.Equal((200, "text/event-stream"), (answer.Status, answer.Header("Content-Type")));
        Assert.EndsWith("data: [DONE]\n\n", answer.Body, StringComparison.Ordinal);
        var chunks = ChunksOf(answer);
        Assert.Equal(Enumerable.Range(0, chunks.Count), chunks.Select(chunk => chunk.GetProperty("extra_fields").GetProperty("chunk_index").GetInt32()));
        Assert.All(chunks, chunk => Assert.True(chunk.GetProperty("extra_fields").TryGetProperty("latency", out _)));
        Assert.Equal("w000000 w000001 w000002 w000003 w000004 ", TextOf(chunks));
        Assert.Equal("sim", answer.Header("x-bifrost-provider"));
    }

    [Fact]
    public async Task Shows_usage_only_where_it_is_asked_for()
    {
        Assert.DoesNotContain(ChunksOf(await StreamAsync("sim-words-3")), HasUsage);
        var asked = ChunksOf(await StreamAsync("sim-words-3", """ "stream":true,"stream_options":{"include_usage":true} """));
        var usage = Assert.Single(asked, HasUsage);
        Assert.Equal(0, usage.GetProperty("choices").GetArrayLength());
        Assert.True(usage.GetProperty("usage").GetProperty("total_tokens").GetInt32() > 0);
    }

    /// <summary>Each row: what the upstream does after its first bytes.</summary>
    [Theory]
    [InlineData("sim-words-5-cut-after-3")]
    [InlineData("sim-words-5-close-after-3")]
    [InlineData("sim-words-5-reset-after-3")]
    [InlineData("sim-words-5-stall-after-3")]
    [InlineData("sim-words-5-badchunk-after-3")]
    [InlineData("sim-words-5-error-after-3")]
    [InlineData("sim-words-5-no-done")]
    public async Task A_stream_that_breaks_ends_with_an_error_and_the_mark_and_no_invented_finish(string model)
    {
        var answer = await StreamAsync(RunningGateway.Tagged(model), provider: "idle-2s");
        Assert.Equal(200, answer.Status);
        Assert.Equal("[DONE]", answer.Events[^1]);
        Answer.CheckError(JsonDocument.Parse(answer.Events[^2]).RootElement, null, null);
        var chunks = answer.Events.SkipLast(2).Select(data => JsonDocument.Parse(data).RootElement).ToList();
        Assert.DoesNotContain(chunks, chunk => chunk.TryGetProperty("error", out _));
        if (!model.EndsWith("no-done", StringComparison.Ordinal)) Assert.DoesNotContain(chunks, IsFinished);
    }

    [Theory]
    [InlineData("sim-words-5-done-bare")]
    [InlineData("sim-words-5-done-line")]
    [InlineData("sim-words-5-crlf")]
    [InlineData("sim-words-5-cr")]
    [InlineData("sim-words-5-comments")]
    [InlineData("sim-words-5-bom")]
    [InlineData("sim-words-5-multiline")]
    [InlineData("sim-words-5-named")]
    [InlineData("sim-words-5-split")]
    [InlineData("sim-words-5-crlf-multiline-split")]
    [InlineData("sim-words-5-usage-on-content")]
    [InlineData("sim-words-5-usage-always")]
    [InlineData("sim-words-5-usage-twice")]
    [InlineData("sim-words-5-usage-running")]
    public async Task Every_lawful_framing_reads_the_same(string model)
    {
        var answer = await StreamAsync(RunningGateway.Tagged(model));
        Assert.Equal("[DONE]", answer.Events[^1]);
        var chunks = ChunksOf(answer);
        Assert.DoesNotContain(chunks, chunk => chunk.TryGetProperty("error", out _));
        Assert.DoesNotContain(chunks, HasUsage);
        Assert.Equal("w000000 w000001 w000002 w000003 w000004 ", TextOf(chunks));
        Assert.Single(chunks, IsFinished);
    }

    [Theory]
    [InlineData("sim-503", 503)]
    [InlineData("sim-reset", 502)]
    [InlineData("sim-reset-headers", 502)]
    [InlineData("sim-html", 502)]
    [InlineData("sim-empty", 502)]
    public async Task Before_the_first_byte_a_failure_is_an_ordinary_error(string model, int status)
    {
        var answer = await StreamAsync(RunningGateway.Tagged(model));
        Assert.True(status == answer.Status, answer.Body);
        Assert.Equal("application/json", answer.Header("Content-Type"));
        Answer.CheckError(answer.Json, status, null);
    }

    [Fact]
    public async Task Before_the_first_byte_a_failure_falls_back()
    {
        var answer = await StreamAsync(RunningGateway.Tagged("sim-503"), """ "stream":true,"fallbacks":["openai/gpt-4o"] """);
        Assert.Equal((200, "openai"), (answer.Status, answer.Header("x-bifrost-provider")));
        Assert.Equal("[DONE]", answer.Events[^1]);
    }

    [Fact]
    public async Task Chunks_arrive_as_they_are_made()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Address, Requests.Chat))
        {
            // The second half never comes: only a chunk that was flushed by itself can be read.
            Content = new StringContent(Requests.Body("idle-2s/" + RunningGateway.Tagged("sim-words-9-stall-after-1"), "\"stream\":true")),
        };
        request.Headers.Add("x-bf-vk", RunningGateway.OpenKey);
        using var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var read = "";
        while (!read.Contains("w000000", StringComparison.Ordinal)) read += await reader.ReadLineAsync();
        Assert.DoesNotContain("w000001", read, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_stops_the_sending_and_not_the_upstreams_account()
    {
        var model = RunningGateway.Tagged("sim-paced-20x20ms");
        using var leaves = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Address, Requests.Chat)) { Content = new StringContent(Requests.Body($"sim/{model}", "\"stream\":true")) };
        request.Headers.Add("x-bf-vk", RunningGateway.OpenKey);
        using (var response = await gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaves.Token))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(leaves.Token));
            await reader.ReadLineAsync(leaves.Token);
            await leaves.CancelAsync();
        }

        var line = await gateway.EndedAsync(model);
        Assert.Equal("completed", line.GetProperty("outcome").GetString());
        Assert.True(line.GetProperty("usage_sent").GetBoolean());
    }

    private static List<JsonElement> ChunksOf(Answer answer) =>
        [.. answer.Events.Where(data => data != "[DONE]").Select(data => JsonDocument.Parse(data).RootElement)];

    private static string TextOf(IEnumerable<JsonElement> chunks) => string.Concat(chunks
        .SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray())
        .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : ""));

    private static bool HasUsage(JsonElement chunk) => chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object;

    private static bool IsFinished(JsonElement chunk) => chunk.GetProperty("choices").EnumerateArray()
        .Any(choice => choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String);
}
