using System.Buffers;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Tests.Errors;

public sealed class ErrorWriterTests
{
    [Fact]
    public void Writes_every_key_of_the_contract()
    {
        var error = new GatewayError
        {
            Status = 429,
            Type = "rate_limited",
            Message = "slow down",
            Param = "p",
            Code = "c",
            Provider = "openai",
            Model = "gpt-4",
            RequestType = RequestTypes.ChatCompletionStream,
            Attempts = [new("openai", "gpt-4", 429, "rate_limited", 12), new("azure", "x", 503, "provider_unavailable", 3)],
        };
        Assert.Equal(
            "{\"type\":\"rate_limited\",\"is_bifrost_error\":true,\"status_code\":429," +
            "\"error\":{\"message\":\"slow down\",\"type\":\"rate_limited\",\"param\":\"p\",\"code\":\"c\"}," +
            "\"extra_fields\":{\"request_type\":\"chat_completion_stream\",\"provider\":\"openai\",\"model_requested\":\"gpt-4\"," +
            "\"attempts\":[{\"provider\":\"openai\",\"model\":\"gpt-4\",\"status\":429,\"type\":\"rate_limited\",\"latency\":12}," +
            "{\"provider\":\"azure\",\"model\":\"x\",\"status\":503,\"type\":\"provider_unavailable\",\"latency\":3}]}}",
            Written(error));
    }

    [Fact]
    public void Keeps_the_keys_of_the_error_object_where_there_is_nothing_to_say() =>
        Assert.Equal(
            "{\"type\":\"t\",\"is_bifrost_error\":false,\"status_code\":500," +
            "\"error\":{\"message\":\"\",\"type\":\"t\",\"param\":null,\"code\":null},\"extra_fields\":{\"request_type\":\"chat_completion\"}}",
            Written(new GatewayError { Status = 500, Type = "t", Message = "", IsBifrostError = false }));

    [Theory]
    [InlineData("quote \" backslash \\ slash / tab \t line\r\nend\0\u007f")]
    [InlineData("é€😀\u2028")]
    public void Writes_any_text_as_one_line_of_valid_JSON(string text)
    {
        var written = Written(new GatewayError { Status = 400, Type = text, Message = text, Param = text, Code = text, Model = text });
        Assert.DoesNotContain('\n', written);
        Assert.DoesNotContain('\r', written);
        using var parsed = JsonDocument.Parse(written);
        Assert.Equal(text, parsed.RootElement.GetProperty("error").GetProperty("message").GetString());
        Assert.Equal(text, parsed.RootElement.GetProperty("extra_fields").GetProperty("model_requested").GetString());
    }

    [Fact]
    public void Writes_half_a_surrogate_pair_as_the_replacement_character()
    {
        using var parsed = JsonDocument.Parse(Written(new GatewayError { Status = 400, Type = "t", Message = "a\ud800b" }));
        Assert.Equal("a\uFFFDb", parsed.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    private static string Written(GatewayError error)
    {
        var to = new ArrayBufferWriter<byte>();
        ErrorWriter.Write(to, error);
        return Encoding.UTF8.GetString(to.WrittenSpan);
    }
}
