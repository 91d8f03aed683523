using Bifrost.Catalog.Model;
using Bifrost.Chat.Errors;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Bifrost.Http.Headers;

/// <summary>Checks what the headers say about the body, leniently: what the body really is, its parser finds out.</summary>
public static class RequestHeaders
{
    private const string ClampName = "x-bf-clamp";

    public static GatewayError? Refuse(IHeaderDictionary headers, RequestOptions options)
    {
        foreach (var required in options.RequiredHeaders)
            if (!headers.ContainsKey(required)) return Missing(required);

        var encoding = headers.ContentEncoding;
        if (encoding.Count > 0 && !string.Equals(encoding.ToString(), "identity", StringComparison.OrdinalIgnoreCase))
            return Unsupported("Content-Encoding", $"The body is encoded as '{encoding}'. Send it as plain JSON.");

        if (headers.TryGetValue(ClampName, out var clamp) && clamp.ToString() is not ("" or "any" or "never"))
            return Wrong(ClampName, $"'{clamp}' is no word for {ClampName}; any or never stands here.");
        var type = headers.ContentType;
        return type.Count == 0 || string.Equals(type[0], "application/json", StringComparison.OrdinalIgnoreCase) ? null : RefuseType(type.ToString());
    }

    /// <summary>The caller's word on lowering its output limit near the end of a budget (contract section 4); null: it says nothing.</summary>
    public static ClampRule? Clamp(IHeaderDictionary headers) => !headers.TryGetValue(ClampName, out var value) ? null : value.ToString() switch
    {
        "any" => ClampRule.Any,
        "never" => ClampRule.Never,
        _ => null,
    };

    /// <summary>Whether a header that switches something on says true.</summary>
    public static bool IsTrue(IHeaderDictionary headers, string name) =>
        headers.TryGetValue(name, out var value) && !StringValues.IsNullOrEmpty(value) && bool.TryParse(value.ToString(), out var flag) && flag;

    /// <summary>Forms with files and text that is not UTF-8 cannot be JSON; anything else may be.</summary>
    private static GatewayError? RefuseType(string text)
    {
        if (!MediaTypeHeaderValue.TryParse(text, out var type)) return null;
        if (type.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
            return Unsupported("Content-Type", $"The body is '{type.MediaType}'. Send application/json.");
        var charset = type.Charset.Value?.Trim('"');
        return string.IsNullOrEmpty(charset) || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            || charset.Equals("utf8", StringComparison.OrdinalIgnoreCase) || charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)
            ? null
            : Unsupported("Content-Type", $"The body's character set is '{charset}'. Send UTF-8.");
    }

    private static GatewayError Unsupported(string header, string message) => new()
    {
        Status = StatusCodes.Status415UnsupportedMediaType,
        Type = ErrorTypes.InvalidRequest,
        Message = message,
        Param = header,
    };

    private static GatewayError Missing(string header) => Wrong(header, $"The header '{header}' is missing; this gateway needs it on every request.");

    private static GatewayError Wrong(string header, string message) => new()
    {
        Status = StatusCodes.Status400BadRequest,
        Type = ErrorTypes.InvalidRequest,
        Message = message,
        Param = header,
    };
}
