using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;

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

    private static readonly string[] Tokens =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "null", "1e999", "-", "\0", "\uFEFF", "true", "\"model\":1,", "{\"a\":", "[[[[[[[[", "//", "\u017F",
    ];

    [Fact]
    public void Never_throws_and_never_blames_itself()
    {
        var refused = 0;
        for (var seed = 0; seed < Bodies; seed++)
        {
            var body = Mutate(seed);
            try
            {
                if (ChatEnvelope.TryParse(body, ChatLimits.Default, out var envelope, out var error))
                    CheckGood(body, envelope!);
                else
                {
                    refused++;
                    CheckBad(error!);
                }
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}: {Convert.ToBase64String(body)}: {exception}");
            }
        }

        Assert.InRange(refused, Bodies / 2, Bodies - 1);
    }

    private static void CheckGood(byte[] body, ChatEnvelope envelope)
    {
        // What was taken really is JSON, and stays so under every edit.
        using var whole = JsonDocument.Parse(envelope.Body);
        Assert.InRange(envelope.PromptBytes, 1, body.Length);
        using var edited = JsonDocument.Parse(ChatEditsTests.Apply(envelope, new UpstreamShape("other", AskStreamUsage: true, ClampOutputTokens: 3)));
        Assert.Equal("other", edited.RootElement.GetProperty("model").GetString());
        Assert.False(edited.RootElement.TryGetProperty("fallbacks", out _));
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

    private static byte[] Mutate(int seed)
    {
        var random = new Random(seed);
        var body = Encoding.UTF8.GetBytes(Valid[random.Next(Valid.Length)]).ToList();
        for (var i = random.Next(1, 4); i > 0 && body.Count > 0; i--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(7))
            {
                case 0: body[at] = (byte)random.Next(256); break;
                case 1: body.RemoveAt(at); break;
                case 2: body.Insert(at, (byte)random.Next(256)); break;
                case 3: body.RemoveRange(at, body.Count - at); break;
                case 4: body.InsertRange(at, Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)])); break;
                case 5: body.InsertRange(at, body.GetRange(0, random.Next(body.Count))); break;
                default: body.RemoveRange(at, random.Next(body.Count - at)); break;
            }
        }

        return [.. body];
    }
}
