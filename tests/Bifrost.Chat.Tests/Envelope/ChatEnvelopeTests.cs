using System.Text;
using Bifrost.Chat.Envelope;

namespace Bifrost.Chat.Tests.Envelope;

public sealed class ChatEnvelopeTests
{
    [Fact]
    public void Reads_what_the_gateway_acts_on()
    {
        const string Messages = "[ {\"role\":\"user\",\"content\":\"hé\"} ]";
        const string Tools = "[{\"type\":\"function\"}]";
        const string Format = "{\"type\":\"json_object\"}";
        var envelope = Parsed.Good(
            $"{{\"model\":\"openai/gpt-4\",\"messages\": {Messages} ,\"tools\":{Tools},\"response_format\":{Format},\"stream\":true,\"n\":3," +
            "\"max_tokens\":10,\"max_completion_tokens\":7,\"stream_options\":{\"include_usage\":true}," +
            "\"fallbacks\":[\"azure/x\",{\"model\":\"y/z\",\"provider\":\"groq\"}]}");
        Assert.Equal("openai/gpt-4", envelope.Model);
        Assert.True(envelope.Stream);
        Assert.True(envelope.IncludeUsage);
        Assert.Equal(3, envelope.Choices);
        Assert.Equal(10, envelope.OutputTokensMax);
        Assert.Equal(Encoding.UTF8.GetByteCount(Tools + Format), envelope.Content.SchemaBytes);
        Assert.Equal(["azure/x", "groq/y/z"], envelope.Fallbacks);
    }

    [Fact]
    public void Takes_absent_and_null_fields_for_their_defaults()
    {
        foreach (var body in new[] { $"{{{Parsed.Head}}}", $"{{{Parsed.Head},\"stream\":null,\"n\":null,\"max_tokens\":null,\"fallbacks\":null,\"tools\":null}}" })
        {
            var envelope = Parsed.Good(body);
            Assert.False(envelope.Stream);
            Assert.False(envelope.IncludeUsage);
            Assert.Equal(1, envelope.Choices);
            Assert.Equal(0, envelope.OutputTokensMax);
            Assert.Empty(envelope.Fallbacks);
        }
    }

    [Fact]
    public void Skips_a_byte_order_mark()
    {
        var body = Encoding.UTF8.GetBytes($"\uFEFF{{{Parsed.Head}}}");
        var envelope = Parsed.Good(body);
        Assert.Equal((byte)'{', envelope.Body.Span[0]);
        Assert.Equal(body.Length - 3, envelope.Body.Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("{")]
    [InlineData("{}}")]
    [InlineData("{} {}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("12")]
    [InlineData("{\"model\"}")]
    [InlineData("{\"model\":\"m\",}")]
    [InlineData("{'model':'m'}")]
    [InlineData("// comment\n{}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("{\"a\":\"\\x\"}")]
    [InlineData("{\"a\":\"\\u12\"}")]
    [InlineData("{\"a\":\"\t\"}")]
    [InlineData("{}")]
    public void Refuses_what_is_not_a_whole_request(string body) => Parsed.Bad(body);

    [Fact]
    public void Refuses_anything_behind_a_right_request() =>
        Assert.Contains("not valid JSON", Parsed.Bad($"{{{Parsed.Head}}} x").Message, StringComparison.Ordinal);

    [Fact]
    public void Says_where_the_JSON_breaks() =>
        Assert.Contains("line 2, byte 6:", Parsed.Bad("{\"model\":\"m\",\n\"a\": oops}").Message, StringComparison.Ordinal);

    [Fact]
    public void Says_where_the_UTF8_breaks()
    {
        var body = Encoding.UTF8.GetBytes($"{{\"x\":\"é__\",{Parsed.Head}}}");
        body[8] = 0xFF;
        Assert.Contains("not valid UTF-8 at byte 8", Parsed.Bad(body).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_UTF16()
    {
        Parsed.Bad(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes($"{{{Parsed.Head}}}")).ToArray());
        Parsed.Bad(Encoding.Unicode.GetBytes($"{{{Parsed.Head}}}"));
    }

    [Fact]
    public void Limits_nesting_wherever_it_is()
    {
        var limits = new ChatLimits { DepthMax = 8 };
        Parsed.Good($"{{{Parsed.Head},\"x\":{new string('[', 7)}{new string(']', 7)}}}", limits);
        Parsed.Bad($"{{{Parsed.Head},\"x\":{new string('[', 8)}{new string(']', 8)}}}", limits);
        Parsed.Bad($"{{\"model\":\"m\",\"messages\":[{{\"role\":\"user\",\"content\":{new string('[', 100_000)}");
    }

    [Fact]
    public void Requires_model_and_messages()
    {
        Assert.Equal("model", Parsed.Bad("{\"messages\":[{\"role\":\"user\"}]}").Param);
        Assert.Equal("messages", Parsed.Bad("{\"model\":\"m\"}").Param);
    }

    [Fact]
    public void Limits_the_length_of_a_model_name()
    {
        Parsed.Good($"{{\"model\":\"{new string('m', 256)}\",\"messages\":[{{\"role\":\"user\"}}]}}");
        Parsed.Bad($"{{\"model\":\"{new string('m', 257)}\",\"messages\":[{{\"role\":\"user\"}}]}}");
    }

    [Fact]
    public void Takes_the_model_of_the_path_before_the_bodys()
    {
        var body = Encoding.UTF8.GetBytes("{\"messages\":[{\"role\":\"user\"}]}");
        Assert.Equal("dep-1", Parsed.Good(body, deployment: "dep-1").Model);
        Assert.Equal("dep-1", Parsed.Good(Encoding.UTF8.GetBytes($"{{{Parsed.Head}}}"), deployment: "dep-1").Model);
        Assert.Equal("model", Parsed.Bad(body, deployment: "dep\n1").Param);
    }
}
