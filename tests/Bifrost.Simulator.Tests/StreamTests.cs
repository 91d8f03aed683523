using System.Text.Json;

namespace Bifrost.Simulator.Tests;

public sealed class StreamTests(SimulatorFixture simulator)
{
    [Theory]
    [InlineData("sim")]
    [InlineData("sim-echo")]
    [InlineData("sim-unicode")]
    [InlineData("sim-unicode-chunks-90")]
    [InlineData("sim-1kb")]
    [InlineData("sim-giant-1mb")]
    [InlineData("sim-blank")]
    [InlineData("sim-unicode-split")]
    [InlineData("sim-unicode-crlf")]
    [InlineData("sim-unicode-cr")]
    [InlineData("sim-unicode-comments")]
    [InlineData("sim-unicode-bom")]
    [InlineData("sim-unicode-multiline-named-crlf-split-7")]
    public async Task Streamed_chunks_join_to_the_plain_answer(string model)
    {
        var plain = await simulator.AskAsync(model);
        var body = await simulator.StreamAsync(model, Chat.WithUsage);

        Assert.Equal(plain.Said(), Chat.Streamed(body));
        Assert.Equal("[DONE]", Chat.Events(body)[^1]);
        var chunks = Chat.Chunks(body);
        Assert.Equal("assistant", chunks[0].Choice().GetProperty("delta").Text("role"));
        Assert.Equal("stop", chunks[^2].Choice().Text("finish_reason"));
        Assert.Equal(plain.Usage().ToString(), chunks[^1].Usage().ToString());
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.All(chunks, chunk => Assert.Equal(chunks[0].Text("id"), chunk.Text("id")));
    }

    [Theory]
    [InlineData("sim-words-20", 20)]
    [InlineData("sim-1kb-chunks-4", 4)]
    [InlineData("sim-giant-1mb", 1)]
    [InlineData("sim-paced-5x1ms", 5)]
    [InlineData("sim-1kb", 16)]
    public async Task Content_comes_in_the_number_of_chunks_that_the_name_says(string model, int chunks)
    {
        Assert.Equal(chunks, Chat.ContentChunks(await simulator.StreamAsync(model)));
    }

    [Theory]
    [InlineData("sim", false, 0)]
    [InlineData("sim", true, 1)]
    [InlineData("sim-no-usage", true, 0)]
    [InlineData("sim-usage-always", false, 1)]
    [InlineData("sim-usage-always", true, 1)]
    [InlineData("sim-usage-twice", true, 2)]
    [InlineData("sim-usage-twice", false, 0)]
    [InlineData("sim-usage-on-content", true, 0)]
    [InlineData("sim-usage-running", true, 1)]
    public async Task Usage_chunks_come_as_the_name_and_the_request_say(string model, bool asked, int usageChunks)
    {
        var chunks = Chat.Chunks(await simulator.StreamAsync(model, asked ? Chat.WithUsage : ""));

        Assert.Equal(usageChunks, chunks.Count(chunk => chunk.GetProperty("choices").GetArrayLength() == 0));
    }

    [Fact]
    public async Task Usage_on_content_stands_on_the_finish_chunk_alone()
    {
        var chunks = Chat.Chunks(await simulator.StreamAsync("sim-usage-on-content"));

        Assert.Equal("stop", chunks[^1].Choice().Text("finish_reason"));
        Assert.Equal(28, chunks[^1].Usage().Number("completion_tokens"));
        Assert.Equal(1, chunks.Count(chunk => chunk.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task Running_usage_grows_to_the_whole()
    {
        var counts = Chat.Chunks(await simulator.StreamAsync("sim-words-4-usage-running")).Select(chunk => chunk.Usage().Number("completion_tokens"));

        Assert.Equal([0, 2, 4, 6, 8, 8], counts);
    }

    [Theory]
    [InlineData("sim", "\n\ndata: [DONE]\n\n")]
    [InlineData("sim-crlf", "\r\n\r\ndata: [DONE]\r\n\r\n")]
    [InlineData("sim-done-bare", "\n\ndata: [DONE]")]
    [InlineData("sim-done-line", "\n\ndata: [DONE]\n")]
    [InlineData("sim-no-done", "\"finish_reason\":\"stop\"}]}\n\n")]
    public async Task The_end_mark_is_written_as_the_name_says(string model, string ending)
    {
        Assert.EndsWith(ending, await simulator.StreamAsync(model), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_finish_leaves_the_finish_chunk_out_and_ends_all_the_same()
    {
        var body = await simulator.StreamAsync("sim-no-finish");

        Assert.All(Chat.Chunks(body), chunk => Assert.Null(chunk.Choice().Text("finish_reason")));
        Assert.EndsWith("data: [DONE]\n\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_call_comes_in_two_halves()
    {
        var chunks = Chat.Chunks(await simulator.StreamAsync("sim-tools-2", Chat.Tools));
        var parts = chunks.Select(chunk => chunk.Choice().GetProperty("delta")).Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0]).ToArray();

        Assert.Equal([0, 0, 1, 1], parts.Select(part => part.Number("index")));
        Assert.Equal("look", parts[0].GetProperty("function").Text("name"));
        Assert.Equal("""{"query":"simulated"}""", parts[0].GetProperty("function").Text("arguments") + parts[1].GetProperty("function").Text("arguments"));
        Assert.Equal("find", parts[2].GetProperty("function").Text("name"));
        Assert.Equal("tool_calls", chunks[^1].Choice().Text("finish_reason"));
    }

    [Fact]
    public async Task Each_choice_streams_its_own_text_with_logprobs()
    {
        var body = await simulator.StreamAsync("sim-words-3", ",\"n\":2,\"logprobs\":true" + Chat.WithUsage);

        Assert.Equal("w000000 w000001 w000002 ", Chat.Streamed(body, 0));
        Assert.Equal("w000000 w000001 w000002 ", Chat.Streamed(body, 1));
        Assert.Equal(12, Chat.Chunks(body)[^1].Usage().Number("completion_tokens"));
        Assert.Equal(6, Chat.Chunks(body).Count(chunk => chunk.GetProperty("choices").EnumerateArray().Any(choice => choice.GetProperty("logprobs").ValueKind == JsonValueKind.Object)));
    }

    [Fact]
    public async Task Rich_streams_bring_reasoning_first_and_sources_last()
    {
        var chunks = Chat.Chunks(await simulator.StreamAsync("sim-rich"));

        Assert.NotEmpty(chunks[1].Choice().GetProperty("delta").Text("reasoning")!);
        Assert.True(chunks[^1].TryGetProperty("citations", out _));
        Assert.True(chunks[^1].Choice().GetProperty("delta").TryGetProperty("annotations", out _));
    }

    [Fact]
    public async Task Framing_marks_are_really_there()
    {
        Assert.StartsWith(": ", await simulator.StreamAsync("sim-comments"), StringComparison.Ordinal);
        Assert.StartsWith("event: message\nid: 0\ndata: ", await simulator.StreamAsync("sim-named"), StringComparison.Ordinal);
        Assert.StartsWith("data: {\ndata: \"id\"", await simulator.StreamAsync("sim-multiline"), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', await simulator.StreamAsync("sim-cr"));
        using var marked = await simulator.OpenAsync("sim-bom", Chat.Stream);
        Assert.Equal(new byte[] { 0xEF, 0xBB, 0xBF }, (await marked.Content.ReadAsByteArrayAsync())[..3]);
    }
}
