using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Bifrost.Simulator.Gemini;

/// <summary>Checks the conversation: turns, their parts, and a result for every call, right behind it.</summary>
internal static class ContentChecker
{
    public static string? Check(JsonElement root, string model, bool inCloud)
    {
        if (!root.TryGetProperty("contents", out var contents) || contents.ValueKind != JsonValueKind.Array || contents.GetArrayLength() == 0)
            return "contents is not specified";
        List<string> open = [];
        var role = "";
        var i = 0;
        foreach (var content in contents.EnumerateArray())
        {
            var path = $"contents[{i++}]";
            if (RequestChecker.Unknown(content, path, "role", "parts") is { } unknown) return unknown;
            var before = role;
            role = RequestChecker.Text(content, "role") ?? "";
            if (role is not ("user" or "model")) return "Please use a valid role: user, model.";
            if (i == 1 && role != "user") return "Please ensure that the conversation begins with a user turn.";
            if (before == "model" && role == "model") return $"{path}: neighbours of one role must be one turn";
            if (!content.TryGetProperty("parts", out var parts) || parts.GetArrayLength() == 0) return $"{path}.parts: contents.parts must not be empty.";
            if ((role == "user" ? User(parts, path, open, inCloud) : Model(parts, path, open, model, inCloud)) is { } fault) return fault;
        }

        if (open.Count > 0) return "Please ensure that function call turns are followed by function responses.";
        return role == "model" && RequestChecker.IsFour(model) ? "The last turn must be of the user." : null;
    }

    private static string? User(JsonElement parts, string path, List<string> open, bool inCloud)
    {
        List<string> answered = [];
        foreach (var part in parts.EnumerateArray())
        {
            if (RequestChecker.Unknown(part, path + ".parts", "text", "inlineData", "fileData", "functionResponse", "mediaResolution") is { } unknown)
                return unknown;
            if (!part.TryGetProperty("functionResponse", out var response))
            {
                if (Media(part, path + ".parts", inCloud) is { } fault) return fault;
                continue;
            }

            if (RequestChecker.Unknown(response, path + ".function_response", "id", "name", "response", "parts") is { } odd) return odd;
            if (inCloud && response.TryGetProperty("id", out _)) return $"{path}.function_response.id: unknown";
            if (RequestChecker.Text(response, "name") is not { Length: > 0 } name)
                return "GenerateContentRequest.contents.parts.function_response.name: Name cannot be empty.";
            if (!response.TryGetProperty("response", out var value) || value.ValueKind != JsonValueKind.Object)
                return $"{path}.function_response.response: must be an object";
            answered.Add(name);
            if (!response.TryGetProperty("parts", out var inner)) continue;
            foreach (var one in inner.EnumerateArray())
                if (Media(one, path + ".function_response.parts", inCloud) is { } wrong) return wrong;
        }

        if (open.Count != answered.Count)
            return "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.";
        if (!open.SequenceEqual(answered)) return "Please ensure that function responses come in the order of their calls.";
        open.Clear();
        return null;
    }

    private static string? Model(JsonElement parts, string path, List<string> open, string model, bool inCloud)
    {
        if (open.Count > 0) return "Please ensure that function response turn comes immediately after a function call turn.";
        var isFirst = true;
        foreach (var part in parts.EnumerateArray())
        {
            if (RequestChecker.Unknown(part, path + ".parts", "text", "functionCall", "thought", "thoughtSignature") is { } unknown) return unknown;
            if (!part.TryGetProperty("functionCall", out var call))
            {
                var isSigned = RequestChecker.Text(part, "thoughtSignature") is { Length: > 0 };
                if (RequestChecker.Text(part, "text") is not { } text || (text.Length == 0 && !isSigned))
                    return $"{path}.parts: must have one initialized field";
                continue;
            }

            if (RequestChecker.Unknown(call, path + ".function_call", "id", "name", "args") is { } odd) return odd;
            if (inCloud && call.TryGetProperty("id", out _)) return $"{path}.function_call.id: unknown";
            if (RequestChecker.Text(call, "name") is not { Length: > 0 } name) return $"{path}.function_call.name: Name cannot be empty.";
            if (call.TryGetProperty("args", out var args) && args.ValueKind != JsonValueKind.Object) return $"{path}.function_call.args: must be an object";
            if (isFirst && RequestChecker.NeedsSignatures(model) && RequestChecker.Text(part, "thoughtSignature") is not { Length: > 0 })
                return $"Function call is missing a thought_signature in functionCall parts. function call default_api:{name}, position {open.Count + 1}";
            isFirst = false;
            open.Add(name);
        }

        return null;
    }

    private static string? Media(JsonElement part, string path, bool inCloud)
    {
        if (part.TryGetProperty("text", out var text)) return text.GetString() is { Length: > 0 } ? null : $"{path}: must have one initialized field";
        if (part.TryGetProperty("fileData", out var file))
        {
            var address = RequestChecker.Text(file, "fileUri") ?? "";
            if (inCloud) return (address.StartsWith("gs://", StringComparison.Ordinal) || address.StartsWith("https://", StringComparison.Ordinal))
                && RequestChecker.Text(file, "mimeType") is { Length: > 0 } ? null : $"{path}.file_data.mime_type: is required";
            return RequestChecker.Unknown(file, path + ".file_data", "fileUri", "mimeType")
                ?? (address.StartsWith("https://generativelanguage.googleapis.com/", StringComparison.Ordinal)
                    || address.StartsWith("https://www.youtube.com/", StringComparison.Ordinal)
                    || address.StartsWith("https://youtu.be/", StringComparison.Ordinal)
                    ? null : $"Invalid or unsupported file uri: {address}");
        }

        if (!part.TryGetProperty("inlineData", out var data)) return $"{path}: must have one initialized field";
        if (RequestChecker.Unknown(data, path + ".inline_data", "mimeType", "data") is { } unknown) return unknown;
        var type = RequestChecker.Text(data, "mimeType") ?? "";
        var isKnown = type is "application/pdf" or "application/json" or "image/png" or "image/jpeg" or "image/webp" or "image/heic" or "image/heif"
            || type.Split('/')[0] is "audio" or "video" or "text";
        if (!isKnown) return $"Unsupported MIME type: {type}";
        if (!Base64.IsValid(Encoding.UTF8.GetBytes(RequestChecker.Text(data, "data") ?? "?")))
            return $"Invalid value at '{path}.inline_data.data' (TYPE_BYTES)";
        return part.TryGetProperty("mediaResolution", out var resolution)
            && RequestChecker.Text(resolution, "level") is not ("MEDIA_RESOLUTION_LOW" or "MEDIA_RESOLUTION_MEDIUM" or "MEDIA_RESOLUTION_HIGH")
            ? $"Invalid value at '{path}.media_resolution.level'" : null;
    }
}
