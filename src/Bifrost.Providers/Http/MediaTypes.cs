using System.Net.Http.Headers;

namespace Bifrost.Providers.Http;

/// <summary>What kind of content an answer says it is.</summary>
internal static class MediaTypes
{
    /// <summary>JSON by its name, or content without one.</summary>
    public static bool IsJson(HttpContentHeaders headers)
    {
        var type = Of(headers).AsSpan();
        return type.IsEmpty || type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase);
    }

    public static bool IsEventStream(HttpContentHeaders headers) => Of(headers).Equals("text/event-stream", StringComparison.OrdinalIgnoreCase);

    /// <summary>Type and subtype without parameters; empty when the answer names none.</summary>
    public static string Of(HttpContentHeaders headers)
    {
        if (!headers.NonValidated.TryGetValues("Content-Type", out var values)) return "";
        foreach (var value in values)
        {
            var end = value.IndexOf(';');
            return (end < 0 ? value : value[..end]).Trim();
        }
        return "";
    }
}
