using System.Text;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.OpenAi;

namespace Bifrost.Providers.Tests.OpenAi;

public class ErrorBodyTests
{
    [Theory]
    [InlineData("""{"error":{"message":"m","type":"t","code":"c","param":"p"}}""", "m", "t", "c", "p")]
    [InlineData("""{"error":{"message":"m","code":429}}""", "m", null, "429", null)]
    [InlineData("""{"error":"m"}""", "m", null, null, null)]
    [InlineData("""{"error":"m","code":"c","type":"t"}""", "m", "t", "c", null)]
    [InlineData("""{"object":"error","message":"m","type":"t","param":null,"code":"c"}""", "m", "t", "c", null)]
    [InlineData("""{"message":"m"}""", "m", null, null, null)]
    [InlineData("""{"detail":"m"}""", "m", null, null, null)]
    [InlineData("""{"detail":[{"loc":["body"],"msg":"x"}]}""", """[{"loc":["body"],"msg":"x"}]""", null, null, null)]
    [InlineData("""[{"error":{"message":"m"}}]""", "m", null, null, null)]
    [InlineData("overloaded", "overloaded", null, null, null)]
    [InlineData("\r\n upstream connect error \n", "upstream connect error", null, null, null)]
    [InlineData("<html>Bad gateway</html>", null, null, null, null)]
    [InlineData("", null, null, null, null)]
    [InlineData("{}", null, null, null, null)]
    [InlineData("""{"error":null}""", null, null, null, null)]
    [InlineData("""{"error":{"message":"cut""", """{"error":{"message":"cut""", null, null, null)]
    public void Finds_what_was_said_in_every_known_shape(string body, string? message, string? type, string? code, string? param)
    {
        var error = ErrorBody.Parse(Encoding.UTF8.GetBytes(body));
        Assert.Equal((message, type, code, param), (error.Message, error.Type, error.Code, error.Param));
    }

    [Fact]
    public void Shortens_a_message_without_end() =>
        Assert.Equal(4_096, ErrorBody.Parse(Encoding.UTF8.GetBytes($$$"""{"error":{"message":"{{{new string('x', 10_000)}}}"}}""")).Message!.Length);

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x00 })]
    [InlineData(new byte[] { (byte)'{', (byte)'"', (byte)'e', (byte)'r', (byte)'r', (byte)'o', (byte)'r', (byte)'"', (byte)':', (byte)'"', 0xC3, (byte)'"', (byte)'}' })]
    public void Survives_bytes_that_are_no_text(byte[] body) => Assert.NotNull(ErrorBody.Parse(body));
}
