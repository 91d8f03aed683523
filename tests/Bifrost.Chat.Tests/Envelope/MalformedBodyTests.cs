using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Json;
using CsCheck;

namespace Bifrost.Chat.Tests.Envelope;

/// <summary>Ten thousand broken bodies: never an exception, never anything but 400, always an error object that parses.</summary>
public sealed class MalformedBodyTests
{
    private const int Bodies = 10_000;

    private static readonly string[] Valid =
    [
        $"{{{Parsed.Head}}}",
        "{\"model\":\"openai/gpt-4\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"é😀\\u00e9\\n\"}]}],\"stream\":true," +
            "\"stream_options\":{\"include_usage\":true},\"fallbacks\":[\"a/b\",{\"provider\":\"p\",\"model\":\"m\"}],\"n\":2}",
        "{\"messages\":[{\"role\":\"system\",\"content\":null},{\"role\":\"user\",\"content\":\"\\ud83d\\ude00\"}],\"temperature\":0.5,\"stop\":[\"a\"]," +
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"object\"}}}],\"tool_choice\":\"auto\",\"model\":\"m\",\"seed\":-1}",
    ];

    [Fact]
    public void Never_throws_and_never_blames_itself()
    {
        var refused = 0;
        BrokenBodies.Of(Valid).Sample(
            body =>
            {
                if (ChatEnvelope.TryParse(body, ChatLimits.Default, out var envelope, out var error))
                    CheckGood(body, envelope!);
                else
                {
                    Interlocked.Increment(ref refused);
                    CheckBad(error!);
                }
            },
            iter: Bodies, print: Encoding.UTF8.GetString);
        Assert.InRange(refused, Bodies / 2, Bodies - 1);
    }

    private static void CheckGood(byte[] body, ChatEnvelope envelope)
    {
        // What was taken really is JSON, and stays so under every edit.
        using var whole = JsonDocument.Parse(envelope.Body);
        Assert.InRange(envelope.Content.TextBytes, 1, body.Length);
        Assert.InRange(envelope.Content.TextBytes + envelope.Content.SchemaBytes, 1, envelope.Body.Length);
        var edited = ChatEditsTests.Apply(envelope, new UpstreamShape("other", AskStreamUsage: true, ClampOutputTokens: 3));
        Assert.Equal(["other"], ValuesOf(edited, "model"u8));
        Assert.Empty(ValuesOf(edited, "fallbacks"u8));
    }

    /// <summary>The values of one name at the top. A document's own look-up throws on a name with half a surrogate pair.</summary>
    private static List<string> ValuesOf(string json, ReadOnlySpan<byte> name)
    {
        List<string> values = [];
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !FieldName.Is(reader, name)) continue;
            reader.Read();
            values.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : reader.TokenType.ToString());
        }

        return values;
    }

    private static void CheckBad(GatewayError error)
    {
        Assert.Equal(400, error.Status);
        Assert.Equal(ErrorTypes.InvalidRequest, error.Type);
        var to = new ArrayBufferWriter<byte>();
        ErrorWriter.Write(to, error);
        using var written = JsonDocument.Parse(to.WrittenMemory);
        Assert.Equal(error.Message, written.RootElement.GetProperty("error").GetProperty("message").GetString());
    }
}
