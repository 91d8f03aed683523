using System.Text;
using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Tests.Errors;

public sealed class ProviderErrorBodyTests
{
    [Theory]
    [InlineData("{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\",\"code\":\"c\"}}", "m", "t", "p", "c")]
    [InlineData("{\"error\":{\"message\":\"a\\nb\",\"type\":null,\"param\":null,\"code\":429}}", "a\nb", null, null, "429")]
    [InlineData("{\"error\":{\"message\":\"m\",\"details\":{\"type\":\"inner\"}},\"id\":1}", "m", null, null, null)]
    [InlineData("[{\"error\":{\"code\":400,\"message\":\"m\",\"status\":\"INVALID\"}}]", "m", null, null, "400")]
    [InlineData("{\"error\":\"m\"}", "m", null, null, null)]
    [InlineData("{\"detail\":\"m\"}", "m", null, null, null)]
    [InlineData("{\"object\":\"error\",\"message\":\"m\",\"type\":\"t\",\"code\":\"c\"}", "m", "t", null, "c")]
    [InlineData("{\"type\":\"t\",\"is_bifrost_error\":true,\"error\":{\"message\":\"m\",\"type\":\"t2\",\"code\":\"c\"},\"extra_fields\":{}}", "m", "t2", null, "c")]
    [InlineData("{\"error\":{\"message\":\"\\ud800\"}}", "\\ud800", null, null, null)]
    public void Reads_the_shapes_that_providers_use(string json, string? message, string? type, string? param, string? code)
    {
        Assert.True(ProviderErrorBody.TryRead(Encoding.UTF8.GetBytes(json), out var body));
        Assert.Equal((message, type, param, code), (body.Message, body.Type, body.Param, body.Code));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("{\"error\":{\"message\":\"m\"")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("12")]
    [InlineData("{\"error\":{}}")]
    [InlineData("{\"error\":null}")]
    public void Says_when_there_is_nothing_to_read(string json) =>
        Assert.False(ProviderErrorBody.TryRead(Encoding.UTF8.GetBytes(json), out _));
}
