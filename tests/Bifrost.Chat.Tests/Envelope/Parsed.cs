using System.Text;
using Bifrost.Chat.Envelope;
using Bifrost.Chat.Errors;

namespace Bifrost.Chat.Tests.Envelope;

/// <summary>Short ways to parse a body in a test.</summary>
internal static class Parsed
{
    public const string Head = "\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    public static ChatEnvelope Good(string body, ChatLimits? limits = null) => Good(Encoding.UTF8.GetBytes(body), limits);

    public static ChatEnvelope Good(byte[] body, ChatLimits? limits = null, string? deployment = null)
    {
        var ok = ChatEnvelope.TryParse(body, limits ?? ChatLimits.Default, out var envelope, out var error, deployment);
        Assert.True(ok, error?.Message);
        Assert.Null(error);
        return envelope!;
    }

    public static GatewayError Bad(string body, ChatLimits? limits = null) => Bad(Encoding.UTF8.GetBytes(body), limits);

    public static GatewayError Bad(byte[] body, ChatLimits? limits = null, string? deployment = null)
    {
        Assert.False(ChatEnvelope.TryParse(body, limits ?? ChatLimits.Default, out var envelope, out var error, deployment));
        Assert.Null(envelope);
        Assert.Equal(400, error!.Status);
        Assert.Equal(ErrorTypes.InvalidRequest, error.Type);
        Assert.NotEmpty(error.Message);
        return error;
    }

    /// <summary>A whole body with one more field.</summary>
    public static string With(string name, string value) => $"{{{Head},\"{name}\":{value}}}";
}
