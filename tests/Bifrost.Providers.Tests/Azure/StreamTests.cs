using System.Text.Json.Nodes;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Errors;
using Bifrost.Providers.Tests.Shared;

namespace Bifrost.Providers.Tests.Azure;

/// <summary>Streams of deployments, as they were recorded: what filters say is in the answer, and no chunk is one that clients stumble over.</summary>
public class StreamTests
{
    private const string Opening =
        """{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}""";

    private const string Head = "\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"gpt-4o-2024-08-06\"";
    private const string Role = "{" + Head + ",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}";
    private const string Text =
        "{" + Head + ",\"choices\":[{\"content_filter_results\":{},\"index\":0,\"delta\":{\"content\":\"Hä?\"},\"finish_reason\":null}],\"obfuscation\":\"x\"}";

    private const string Verdict = "{" + Head + ",\"choices\":[{\"index\":0,\"finish_reason\":null,\"content_filter_results\":{\"violence\":{\"filtered\":false,\"severity\":\"low\"}},"
        + "\"content_filter_offsets\":{\"check_offset\":44,\"start_offset\":44,\"end_offset\":65}}]}";

    private const string Filtered = "{" + Head + ",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"content_filter\",\"content_filter_results\":{\"hate\":{\"filtered\":true,\"severity\":\"high\"}}}]}";
    private const string Usage = "{" + Head + ",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}";

    [Fact]
    public async Task The_opening_without_choices_is_told_in_the_chunk_that_follows_wherever_the_stream_is_torn()
    {
        var body = Framed(Opening, Role, Text, Filtered, Usage, "[DONE]");
        for (var tear = TornStream.Everywhere; tear < body.Length; tear++)
        {
            var (chunks, last) = await Deployed.ReadAsync(body, tear);
            Assert.Equal(StreamEventKind.Done, last.Kind);
            Assert.Equal(4, chunks.Count);
            var first = JsonNode.Parse(chunks[0])!;
            Assert.Equal(("c", 7, "gpt-4o-2024-08-06"), (first["id"]!.GetValue<string>(), first["created"]!.GetValue<int>(), first["model"]!.GetValue<string>()));
            Assert.Equal("safe", first["prompt_filter_results"]![0]!["content_filter_results"]!["hate"]!["severity"]!.GetValue<string>());
            Assert.Equal("assistant", first["choices"]![0]!["delta"]!["role"]!.GetValue<string>());
            Assert.Equal([Text, Filtered, Usage], chunks.Skip(1));
        }
    }

    [Fact]
    public async Task A_verdict_without_a_delta_gets_an_empty_one()
    {
        var (chunks, _) = await Deployed.ReadAsync(Framed(Role, Text, Verdict, Filtered, "[DONE]"), TornStream.Everywhere);
        var verdict = JsonNode.Parse(chunks[2])!["choices"]![0]!;
        Assert.Empty(verdict["delta"]!.AsObject());
        Assert.Equal((44, "low"), (verdict["content_filter_offsets"]!["check_offset"]!.GetValue<int>(), verdict["content_filter_results"]!["violence"]!["severity"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_opening_alone_is_no_answer()
    {
        var (_, last) = await Deployed.ReadAsync(Framed(Opening, "[DONE]"), TornStream.Everywhere);
        Assert.Equal(FailureKind.BadAnswer, last.Failure!.Kind);
    }

    /// <summary>BerriAI/litellm#32086: a failure in the middle became an empty end.</summary>
    [Fact]
    public async Task An_error_after_the_beginning_is_an_error()
    {
        var (chunks, last) = await Deployed.ReadAsync(Framed(Opening, Role, Text, """{"error":{"code":"429","message":"Requests to the deployment have exceeded the limit."}}"""), 40);
        Assert.Equal(2, chunks.Count);
        Assert.Equal((FailureKind.RateLimited, 429), (last.Failure!.Kind, last.Failure.Status));
    }

    [Fact]
    public async Task A_connection_that_closes_leaves_no_whole_answer()
    {
        foreach (var events in (string[][])[[Opening, Role, Text], [Opening, Role, Text, Filtered], [Opening]])
        {
            var (_, last) = await Deployed.ReadAsync(Framed(events), TornStream.Everywhere);
            Assert.Equal(FailureKind.BadAnswer, last.Failure!.Kind);
        }
    }

    private static string Framed(params string[] events) => string.Concat(events.Select(one => $"data: {one}\n\n"));
}
