using System.Text.Json.Nodes;
using Bifrost.Chat.Tests.Json;
using Bifrost.Chat.Usage;
using CsCheck;

namespace Bifrost.Chat.Tests.Splice;

/// <summary>Splices against a second way to the same document: the tree of the answer, changed as a tree. Nothing else may differ.</summary>
public sealed class CompletionSplicerProperties
{
    private const int Runs = 2_000;

    private static readonly Gen<string> s_details = RandomJson.Object(
        RandomJson.Member("audio_tokens", Gen.Const("0")), RandomJson.Perhaps("cached_tokens", Gen.Const("7")), RandomJson.Perhaps("cached_read_tokens", Gen.Const("7")));

    private static readonly Gen<string> s_usage = RandomJson.Object(
        RandomJson.Member("prompt_tokens", Gen.Const("30")),
        RandomJson.Member("completion_tokens", Gen.Const("20")),
        RandomJson.Member("total_tokens", Gen.Const("50")),
        RandomJson.Perhaps("cost", RandomJson.Noise),
        RandomJson.Perhaps("prompt_cache_hit_tokens", Gen.Const("7")),
        RandomJson.Perhaps("prompt_tokens_details", Gen.Frequency<string>((1, RandomJson.Text("null", "{}")), (3, s_details))),
        RandomJson.Perhaps("other", RandomJson.Noise));

    private static readonly Gen<string> s_choice = RandomJson.Object(
        RandomJson.Member("message", RandomJson.Object(
            RandomJson.Member("role", Gen.Const("\"assistant\"")), RandomJson.Member("content", RandomJson.Noise))),
        RandomJson.Perhaps("logprobs", RandomJson.Noise),
        RandomJson.Perhaps("log_probs", RandomJson.Noise),
        RandomJson.Perhaps("usage", RandomJson.Noise));

    private static readonly Gen<string> s_answer = RandomJson.Padded(RandomJson.Object(
    [
        RandomJson.Member("id", Gen.Const("\"x\"")),
        RandomJson.Perhaps("choices", Gen.Frequency<string>((1, RandomJson.Text("null", "[]")), (5, RandomJson.Array(s_choice, 3))), percent: 80),
        RandomJson.Perhaps("usage", Gen.Frequency<string>((1, RandomJson.Text("null", "{}", "{ }")), (4, s_usage)), percent: 75),
        RandomJson.Perhaps("extra_fields", RandomJson.Noise),
        .. RandomJson.Unknown(2),
    ]));

    [Fact]
    public void A_spliced_answer_is_the_answer_with_the_promised_members() => Gen.Select(s_answer, Gen.Bool).Sample(
        (json, priced) =>
        {
            Cost? cost = priced ? Spliced.Price : null;
            var expected = JsonNode.Parse(json)!.AsObject();
            Mirror(expected);
            Complete(expected, cost);
            expected["extra_fields"] = JsonNode.Parse(Spliced.ExtraJson);
            AssertSame(expected, Spliced.Answer(json, cost), json);
        },
        iter: Runs);

    [Fact]
    public void A_spliced_chunk_is_the_chunk_without_its_usage() => Gen.Select(s_answer, Gen.Bool).Sample(
        (json, includeUsage) =>
        {
            var expected = JsonNode.Parse(json)!.AsObject();
            Mirror(expected);
            if (!includeUsage) expected.Remove("usage");
            else if (expected.ContainsKey("usage")) expected["usage"] = null;
            expected["extra_fields"] = JsonNode.Parse(Spliced.ExtraJson);
            AssertSame(expected, Spliced.Chunk(json, includeUsage), json);
        },
        iter: Runs);

    [Fact]
    public void A_usage_chunk_is_the_chunk_without_its_choices() => s_answer.Sample(
        json =>
        {
            var expected = JsonNode.Parse(json)!.AsObject();
            expected["choices"] = new JsonArray();
            Complete(expected, Spliced.Price);
            expected["extra_fields"] = JsonNode.Parse(Spliced.ExtraJson);
            AssertSame(expected, Spliced.UsageChunk(json, Spliced.Price), json);
        },
        iter: Runs);

    private static void AssertSame(JsonObject expected, string written, string json)
    {
        var actual = JsonNode.Parse(written, documentOptions: new() { AllowDuplicateProperties = false });
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{json}\n=> {written}");
    }

    private static void Mirror(JsonObject answer)
    {
        if (answer["choices"] is not JsonArray choices) return;
        foreach (var choice in choices.OfType<JsonObject>())
            if (choice["logprobs"] is { } logprobs) choice["log_probs"] = logprobs.DeepClone();
    }

    private static void Complete(JsonObject answer, Cost? cost)
    {
        if (answer["usage"] is not JsonObject usage) return;
        if (cost is not null) usage["cost"] = JsonNode.Parse(Spliced.CostJson);
        var inside = usage["prompt_tokens_details"] as JsonObject;
        var cached = inside?["cached_tokens"] ?? inside?["cached_read_tokens"] ?? usage["prompt_cache_hit_tokens"];
        if (cached is null) return;
        if (inside is null) usage["prompt_tokens_details"] = inside = [];
        if (!inside.ContainsKey("cached_tokens")) inside["cached_tokens"] = cached.DeepClone();
        if (!inside.ContainsKey("cached_read_tokens")) inside["cached_read_tokens"] = cached.DeepClone();
    }
}
