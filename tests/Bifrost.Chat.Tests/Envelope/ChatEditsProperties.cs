using System.Text.Json.Nodes;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Tests.Json;

namespace Bifrost.Chat.Tests.Envelope;

/// <summary>Edits against a second way to the same document: the tree of the body, changed as a tree.</summary>
public sealed class ChatEditsProperties
{
    [Fact]
    public void Edited_bytes_are_the_edited_document() => Seeds.Check(2_000, seed =>
    {
        var random = new RandomJson(seed);
        var body = Body(random);
        var shape = new UpstreamShape(random.Pick("m", "openai/m", "x\"y", "gpt-é"), random.Flip(), random.Below(3) * 20);
        var actual = JsonNode.Parse(ChatEditsTests.Apply(body, shape), documentOptions: new() { AllowDuplicateProperties = false });
        Assert.True(JsonNode.DeepEquals(Expected(body, shape), actual), body);
    });

    private static string Body(RandomJson random)
    {
        List<(string, string)> members = [("model", random.Pick("\"m\"", "\"openai/m\"", "\"openai\\/m\"", "\"a/openai/m\""))];
        members.Add(("messages", random.Array(random.Object(("role", "\"user\""), ("content", random.Noise())))));
        if (random.Flip()) members.Add(("stream", random.Pick("true", "false", "null")));
        if (random.Flip()) members.Add(("fallbacks", random.Pick("null", "[]", "[\"a/b\", \"c/d\"]", "[{\"provider\":\"a\",\"model\":\"b\"}]")));
        if (random.Flip()) members.Add(("max_tokens", random.Pick("null", "5", "30", "100")));
        if (random.Flip()) members.Add(("max_completion_tokens", random.Pick("null", "5", "30", "100")));
        if (random.Flip()) members.Add(("stream_options", random.Flip() ? "null" : StreamOptions(random)));
        for (var i = random.Below(4); i > 0; i--) members.Add(($"unknown{i}", random.Noise()));
        return random.Space() + random.Object([.. members]) + random.Space();
    }

    private static string StreamOptions(RandomJson random)
    {
        List<(string, string)> members = [];
        if (random.Flip()) members.Add(("include_usage", random.Pick("true", "false", "null")));
        if (random.Flip()) members.Add(("other", random.Noise()));
        return random.Object([.. members]);
    }

    private static JsonObject Expected(string body, UpstreamShape shape)
    {
        var tree = JsonNode.Parse(body)!.AsObject();
        tree["model"] = shape.Model;
        tree.Remove("fallbacks");
        if (shape.AskStreamUsage && tree["stream"]?.GetValue<bool>() == true)
        {
            if (tree["stream_options"] is null) tree["stream_options"] = new JsonObject();
            tree["stream_options"]!["include_usage"] = true;
        }

        if (shape.ClampOutputTokens == 0) return tree;
        foreach (var name in new[] { "max_tokens", "max_completion_tokens" })
            if (tree[name] is { } limit) tree[name] = Math.Min(limit.GetValue<int>(), shape.ClampOutputTokens);
        if (tree["max_tokens"] is null && tree["max_completion_tokens"] is null) tree["max_completion_tokens"] = shape.ClampOutputTokens;
        return tree;
    }
}
