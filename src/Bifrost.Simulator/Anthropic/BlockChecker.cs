using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Bifrost.Simulator.Anthropic;

/// <summary>Checks single blocks of content.</summary>
internal static class BlockChecker
{
    public static string? Part(JsonElement block, string path) => RequestChecker.Text(block, "type") switch
    {
        "text" => RequestChecker.TextBlock(block, path),
        "image" => RequestChecker.Unknown(block, path, "type", "source", "cache_control")
            ?? Source(block, path, isDocument: false) ?? RequestChecker.Cache(block, path),
        "document" => RequestChecker.Unknown(block, path, "type", "source", "title", "context", "citations", "cache_control")
            ?? Source(block, path, isDocument: true) ?? RequestChecker.Cache(block, path),
        "search_result" => RequestChecker.Unknown(block, path, "type", "source", "title", "content", "citations", "cache_control"),
        var type => $"{path}type: {type} is none of a user's",
    };

    public static string? OfAssistant(JsonElement block, string path)
    {
        switch (RequestChecker.Text(block, "type"))
        {
            case "text":
                return RequestChecker.TextBlock(block, path);
            case "thinking":
                return RequestChecker.Unknown(block, path, "type", "thinking", "signature")
                    ?? (RequestChecker.Text(block, "signature") is null or "" || RequestChecker.Text(block, "thinking") is null
                        ? $"{path}signature: Field required" : null);
            case "redacted_thinking":
                return RequestChecker.Unknown(block, path, "type", "data")
                    ?? (RequestChecker.Text(block, "data") is null ? $"{path}data: Field required" : null);
            default:
                if (RequestChecker.Unknown(block, path, "type", "id", "name", "input", "cache_control") is { } unknown) return unknown;
                if (RequestChecker.Text(block, "id") is not { Length: > 0 } id || id.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
                    return $"{path}id: String should match pattern '^[a-zA-Z0-9_-]+$'";
                if (!block.TryGetProperty("input", out var input) || input.ValueKind != JsonValueKind.Object) return $"{path}input: Input should be an object";
                return RequestChecker.Text(block, "name") is null ? $"{path}name: Field required" : RequestChecker.Cache(block, path);
        }
    }

    private static string? Source(JsonElement block, string path, bool isDocument)
    {
        if (!block.TryGetProperty("source", out var source)) return $"{path}source: Field required";
        var at = path + "source.";
        switch (RequestChecker.Text(source, "type"))
        {
            case "url":
                return RequestChecker.Unknown(source, at, "type", "url")
                    ?? (Uri.TryCreate(RequestChecker.Text(source, "url"), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
                        ? null : $"{at}url");
            case "file":
                return RequestChecker.Unknown(source, at, "type", "file_id") ?? (RequestChecker.Text(source, "file_id") is null ? $"{at}file_id" : null);
            case "text" when isDocument:
                return RequestChecker.Unknown(source, at, "type", "media_type", "data")
                    ?? (RequestChecker.Text(source, "media_type") == "text/plain" ? null : $"{at}media_type");
            case "base64":
                if (RequestChecker.Unknown(source, at, "type", "media_type", "data") is { } unknown) return unknown;
                var media = RequestChecker.Text(source, "media_type");
                var isRight = isDocument ? media == "application/pdf" : media is "image/jpeg" or "image/png" or "image/gif" or "image/webp";
                if (!isRight) return $"{at}media_type: {media}";
                return Base64.IsValid(Encoding.UTF8.GetBytes(RequestChecker.Text(source, "data") ?? "?")) ? null : $"{at}data: not base64";
            default:
                return $"{at}type: unknown";
        }
    }
}
