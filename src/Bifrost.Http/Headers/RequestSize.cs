using Bifrost.Chat.Errors;

namespace Bifrost.Http.Headers;

/// <summary>
/// Limits of a request's line and headers, kept here rather than by the web server, whose own answers have no body: its limits are
/// <see cref="ServerFactor"/> times as large.
/// </summary>
public static class RequestSize
{
    public const int TargetCharsMax = 8_192;
    public const int HeadersBytesMax = 32_768;
    public const int HeadersMax = 100;

    /// <summary>How much larger than these limits are those of the web server.</summary>
    public const int ServerFactor = 4;

    // Colon, space and line end.
    private const int HeaderFrameBytes = 4;

    private static readonly GatewayError s_tooLarge = new()
    {
        Status = StatusCodes.Status431RequestHeaderFieldsTooLarge,
        Type = ErrorTypes.InvalidRequest,
        Message = $"The headers of the request are too large: at most {HeadersMax} of them, with {HeadersBytesMax} bytes together.",
    };

    private static readonly GatewayError s_tooLong = new()
    {
        Status = StatusCodes.Status414UriTooLong,
        Type = ErrorTypes.InvalidRequest,
        Message = $"The address of the request is too long: at most {TargetCharsMax} characters of path and query.",
    };

    /// <summary>What can be told without a look at each header; null: nothing is wrong.</summary>
    public static GatewayError? Refuse(HttpRequest request)
    {
        if ((request.Path.Value?.Length ?? 0) + (request.QueryString.Value?.Length ?? 0) > TargetCharsMax) return s_tooLong;
        return request.Headers.Count > HeadersMax ? s_tooLarge : null;
    }

    /// <summary>Adds up the headers where nothing else looks at each of them.</summary>
    public static GatewayError? RefuseHeaders(IHeaderDictionary headers)
    {
        var bytes = 0;
        foreach (var (name, values) in headers) bytes += Of(name, values);
        return Refuse(bytes);
    }

    public static GatewayError? Refuse(int headerBytes) => headerBytes > HeadersBytesMax ? s_tooLarge : null;

    /// <summary>Bytes of one header on the wire.</summary>
    public static int Of(string name, in Microsoft.Extensions.Primitives.StringValues values)
    {
        var bytes = 0;
        for (var i = 0; i < values.Count; i++) bytes += name.Length + (values[i]?.Length ?? 0) + HeaderFrameBytes;
        return bytes;
    }
}
