using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Edits;
using Bifrost.Chat.Envelope;

namespace Bifrost.Chat.Tests.Envelope;

public sealed class ChatEditsTests
{
    private const string Head = "\"model\":\"openai/m\",\"messages\":[{\"role\":\"user\"}]";

    [Theory]
    [InlineData("{" + Head + "}", "m", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}")]
    [InlineData("{" + Head + "}", "openai/m", "{" + Head + "}")]
    [InlineData("{" + Head + "}", "other \"x\"", "{\"model\":\"other \\\"x\\\"\",\"messages\":[{\"role\":\"user\"}]}")]
    [InlineData("{\"model\":\"opena\\u0069/m\",\"messages\":[{\"role\":\"user\"}]}", "m", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}")]
    [InlineData("{\"model\":\"openai/\\\"q\",\"messages\":[{\"role\":\"user\"}]}", "\"q", "{\"model\":\"\\\"q\",\"messages\":[{\"role\":\"user\"}]}")]
    [InlineData("{\"fallbacks\":[\"a/b\"] , " + Head + "}", "openai/m", "{" + Head + "}")]
    [InlineData("{" + Head + " ,\t\"fallbacks\" : null }", "openai/m", "{" + Head + " }")]
    [InlineData("{\"model\":\"m\",\"fallbacks\":[],\"messages\":[{\"role\":\"user\"}]}", "m", "{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}")]
    public void Renames_the_model_and_drops_the_fallbacks(string body, string model, string expected) =>
        Assert.Equal(expected, Apply(body, new UpstreamShape(model, AskStreamUsage: true, ClampOutputTokens: 0)));

    [Theory]
    [InlineData("\"stream\":true", "{\"stream_options\":{\"include_usage\":true},\"stream\":true,")]
    [InlineData("\"stream\":false", "{\"stream\":false,")]
    [InlineData("\"stream\":true,\"stream_options\":null", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},")]
    [InlineData("\"stream\":true,\"stream_options\":{ }", "{\"stream\":true,\"stream_options\":{\"include_usage\":true },")]
    [InlineData("\"stream\":true,\"stream_options\":{\"x\":1}", "{\"stream\":true,\"stream_options\":{\"include_usage\":true,\"x\":1},")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":false}", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usag\\u0065\": null}", "{\"stream\":true,\"stream_options\":{\"include_usag\\u0065\": true},")]
    [InlineData("\"stream\":true,\"stream_options\":{\"include_usage\":true}", "{\"stream\":true,\"stream_options\":{\"include_usage\":true},")]
    [InlineData("\"stream_options\":{\"x\":1}", "{\"stream_options\":{\"x\":1},")]
    public void Asks_for_the_usage_of_a_stream(string fields, string expected) =>
        Assert.Equal(expected + Head + "}", Apply($"{{{fields},{Head}}}", new UpstreamShape("openai/m", AskStreamUsage: true, ClampOutputTokens: 0)));

    [Fact]
    public void Asks_no_upstream_that_must_not_be_asked()
    {
        var body = $"{{{Head},\"stream\":true}}";
        Assert.Equal(body, Apply(body, new UpstreamShape("openai/m", AskStreamUsage: false, ClampOutputTokens: 0)));
    }

    [Theory]
    [InlineData("\"x\":1", "{\"max_completion_tokens\":50,\"x\":1,")]
    [InlineData("\"max_tokens\":51", "{\"max_tokens\":50,")]
    [InlineData("\"max_tokens\":50", "{\"max_tokens\":50,")]
    [InlineData("\"max_tokens\":7", "{\"max_tokens\":7,")]
    [InlineData("\"max_completion_tokens\":null", "{\"max_completion_tokens\":50,")]
    [InlineData("\"max_tokens\":null", "{\"max_completion_tokens\":50,\"max_tokens\":null,")]
    [InlineData("\"max_tokens\":70,\"max_completion_tokens\":60", "{\"max_tokens\":50,\"max_completion_tokens\":50,")]
    [InlineData("\"max_tokens\":70,\"max_completion_tokens\":6", "{\"max_tokens\":50,\"max_completion_tokens\":6,")]
    [InlineData("\"max_tokens\":7,\"max_completion_tokens\":null", "{\"max_tokens\":7,\"max_completion_tokens\":null,")]
    public void Clamps_the_output_limit(string fields, string expected) =>
        Assert.Equal(expected + Head + "}", Apply($"{{{fields},{Head}}}", new UpstreamShape("openai/m", AskStreamUsage: false, ClampOutputTokens: 50)));

    [Fact]
    public void Names_the_model_of_the_path_in_a_body_without_one()
    {
        var envelope = Parsed.Good(Encoding.UTF8.GetBytes("{\"messages\":[{\"role\":\"user\"}],\"stream\":true}"), deployment: "d");
        Assert.Equal(
            "{\"model\":\"d\",\"max_completion_tokens\":9,\"stream_options\":{\"include_usage\":true},\"messages\":[{\"role\":\"user\"}],\"stream\":true}",
            Apply(envelope, new UpstreamShape("d", AskStreamUsage: true, ClampOutputTokens: 9)));
    }

    [Fact]
    public void Needs_no_edits_when_nothing_changes() =>
        Assert.Empty(Parsed.Good($"{{{Head}}}").EditsFor(new UpstreamShape("openai/m", AskStreamUsage: true, ClampOutputTokens: 0)));

    internal static string Apply(string body, UpstreamShape shape) => Apply(Parsed.Good(body), shape);

    internal static string Apply(ChatEnvelope envelope, UpstreamShape shape)
    {
        var edits = envelope.EditsFor(shape);
        var to = new ArrayBufferWriter<byte>();
        EditWriter.Write(to, envelope.Body.Span, edits.AsSpan());
        Assert.Equal(to.WrittenCount, EditWriter.LengthOf(envelope.Body.Length, edits.AsSpan()));
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }

    /// <summary>Some providers do not know <c>max_completion_tokens</c>: a limit under that name bound nothing there.</summary>
    [Theory]
    [InlineData("\"max_completion_tokens\":50", 0, 50)]
    [InlineData("\"max_completion_tokens\":50", 20, 20)]
    [InlineData("\"max_completion_tokens\" : 50,\"fallbacks\":[\"a/b\"]", 0, 50)]
    [InlineData("\"fallbacks\":[\"a/b\"],\"max_completion_tokens\":50", 60, 50)]
    [InlineData("\"max_completion_tokens\":50,\"max_tokens\":10", 0, 50)]
    [InlineData("\"max_completion_tokens\":50,\"max_tokens\":10", 20, 20)]
    [InlineData("\"max_tokens\":10", 20, 10)]
    [InlineData("\"max_tokens\":30", 20, 20)]
    [InlineData("\"max_tokens\":null", 20, 20)]
    [InlineData("\"max_completion_tokens\":null", 20, 20)]
    [InlineData("\"seed\":1", 20, 20)]
    public void Limits_are_sent_as_max_tokens_where_the_provider_knows_no_other_name(string fields, int clamp, int limit)
    {
        var edited = Apply(Parsed.Good($"{{{Parsed.Head},{fields}}}"), new UpstreamShape("m", AskStreamUsage: false, clamp) { LimitIsMaxTokens = true });

        using var json = JsonDocument.Parse(edited);
        Assert.Equal(limit, json.RootElement.GetProperty("max_tokens").GetInt32());
        Assert.False(json.RootElement.TryGetProperty("fallbacks", out _));
    }

    [Theory]
    [InlineData("\"service_tier\":\"auto\"")]
    [InlineData("\"service_tier\":null")]
    [InlineData("\"seed\":1")]
    public void A_service_tier_that_is_priced_is_the_one_that_is_sent(string fields)
    {
        var edited = Apply(Parsed.Good($"{{{Parsed.Head},{fields}}}"), new UpstreamShape("m", AskStreamUsage: false, 0) { ServiceTier = "default" });

        using var json = JsonDocument.Parse(edited);
        Assert.Equal("default", json.RootElement.GetProperty("service_tier").GetString());
    }
}
