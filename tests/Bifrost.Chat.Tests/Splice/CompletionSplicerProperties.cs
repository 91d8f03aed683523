using System.Text.Json.Nodes;
using Bifrost.Chat.Tests.Json;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Tests.Splice;

/// <summary>Splices against a second way to the same document: the tree of the answer, changed as a tree. Nothing else may differ.</summary>
public sealed class CompletionSplicerProperties
{
    private const int Runs = 2_000;

    [Fact]
    public void A_spliced_answer_is_the_answer_with_the_promised_members() => Seeds.Check(Runs, seed =>
    {
        var random = new RandomJson(seed);
        var json = Answer(random);
        Cost? cost = random.Flip() ? Spliced.Price : null;
        var expected = JsonNode.Parse(json)!.AsObject();
        Mirror(expected);
        Complete(expected, cost);
        expected["extra_fields"] = JsonNode.Parse(Spliced.ExtraJson);
        AssertSame(expected, Spliced.Answer(json, cost), json);
    });

    [Fact]
    public void A_spliced_chunk_is_the_chunk_without_its_usage() => Seeds.Check(Runs, seed =>
    {
        var random = new RandomJson(seed);
        var json = Answer(random);
        var includeUsage = random.Flip();
        var expected = JsonNode.Parse(json)!.AsObject();
        Mirror(expected);
        if (!includeUsage) expected.Remove("usage");
        else if (expected.ContainsKey("usage")) expected["usage"] = null;
        expected["extra_fields"] = JsonNode.Parse(Spliced.ExtraJson);
        AssertSame(expected, Spliced.Chunk(json, includeUsage), json);
    });

    [Fact]
    public void A_usage_chunk_is_the_chunk_without_its_choices() => Seeds.Check(Runs, seed =>
    {
        var json = Answer(new RandomJson(seed));
        var expected = JsonNode.Parse(json)!.AsObject();
        expected["choices"] = new JsonArray();
        Complete(expected, Spliced.Price);
        expected["extra_fields"] = JsonNode.Parse(Spliced.ExtraJson);
        AssertSame(expected, Spliced.UsageChunk(json, Spliced.Price), json);
    });

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

    private static string Answer(RandomJson random)
    {
        List<(string, string)> members = [("id", "\"x\"")];
        if (random.Below(5) > 0) members.Add(("choices", random.Below(6) == 0 ? random.Pick("null", "[]") : Choices(random)));
        if (random.Below(4) > 0) members.Add(("usage", random.Below(5) == 0 ? random.Pick("null", "{}", "{ }") : Usage(random)));
        if (random.Flip()) members.Add(("extra_fields", random.Noise()));
        for (var i = random.Below(3); i > 0; i--) members.Add(($"unknown{i}", random.Noise()));
        return random.Space() + random.Object([.. members]) + random.Space();
    }

    private static string Choices(RandomJson random) => random.Array([.. Enumerable.Range(0, random.Below(3) + 1).Select(_ => Choice(random))]);

    private static string Choice(RandomJson random)
    {
        List<(string, string)> members = [("message", random.Object(("role", "\"assistant\""), ("content", random.Noise())))];
        if (random.Flip()) members.Add(("logprobs", random.Noise()));
        if (random.Flip()) members.Add(("log_probs", random.Noise()));
        if (random.Flip()) members.Add(("usage", random.Noise()));
        return random.Object([.. members]);
    }

    private static string Usage(RandomJson random)
    {
        List<(string, string)> members = [("prompt_tokens", "30"), ("completion_tokens", "20"), ("total_tokens", "50")];
        if (random.Flip()) members.Add(("cost", random.Noise()));
        if (random.Flip()) members.Add(("prompt_cache_hit_tokens", "7"));
        if (random.Flip()) members.Add(("prompt_tokens_details", random.Below(4) == 0 ? random.Pick("null", "{}") : Details(random)));
        if (random.Flip()) members.Add(("other", random.Noise()));
        return random.Object([.. members]);
    }

    private static string Details(RandomJson random)
    {
        List<(string, string)> members = [("audio_tokens", "0")];
        if (random.Flip()) members.Add(("cached_tokens", "7"));
        if (random.Flip()) members.Add(("cached_read_tokens", "7"));
        return random.Object([.. members]);
    }
}
