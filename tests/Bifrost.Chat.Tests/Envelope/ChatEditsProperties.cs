using System.Text.Json.Nodes;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Tests.Json;
using CsCheck;

namespace Bifrost.Chat.Tests.Envelope;

/// <summary>Edits against a second way to the same document: the tree of the body, changed as a tree.</summary>
public sealed class ChatEditsProperties
{
    private static readonly Gen<string> s_limit = RandomJson.Text("null", "5", "30", "100");

    private static readonly Gen<string> s_streamOptions = RandomJson.Object(
        RandomJson.Perhaps("include_usage", RandomJson.Text("true", "false", "null")), RandomJson.Perhaps("other", RandomJson.Noise));

    private static readonly Gen<string> s_body = RandomJson.Padded(RandomJson.Object(
    [
        RandomJson.Member("model", RandomJson.Text("\"m\"", "\"openai/m\"", "\"openai\\/m\"", "\"a/openai/m\"")),
        RandomJson.Member("messages", RandomJson.Array(RandomJson.Object(
            RandomJson.Member("role", Gen.Const("\"user\"")), RandomJson.Member("content", RandomJson.Noise)))),
        RandomJson.Perhaps("stream", RandomJson.Text("true", "false", "null")),
        RandomJson.Perhaps("fallbacks", RandomJson.Text("null", "[]", "[\"a/b\", \"c/d\"]", "[{\"provider\":\"a\",\"model\":\"b\"}]")),
        RandomJson.Perhaps("max_tokens", s_limit),
        RandomJson.Perhaps("max_completion_tokens", s_limit),
        RandomJson.Perhaps("stream_options", Gen.OneOf<string>(Gen.Const("null"), s_streamOptions)),
        .. RandomJson.Unknown(3),
    ]));

    private static readonly Gen<UpstreamShape> s_shape = Gen.Select(
        RandomJson.Text("m", "openai/m", "x\"y", "gpt-é"), Gen.Bool, Gen.OneOf(0, 20, 40), (model, askUsage, clamp) => new UpstreamShape(model, askUsage, clamp));

    [Fact]
    public void Edited_bytes_are_the_edited_document() => Gen.Select(s_body, s_shape).Sample(
        (body, shape) =>
        {
            var actual = JsonNode.Parse(ChatEditsTests.Apply(body, shape), documentOptions: new() { AllowDuplicateProperties = false });
            Assert.True(JsonNode.DeepEquals(Expected(body, shape), actual), body);
        },
        iter: 2_000);

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
