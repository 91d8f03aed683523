using System.Text.Json;

namespace Bifrost.Simulator.Anthropic;

/// <summary>Checks the conversation: sides in turn, blocks of each side, and results for every call.</summary>
internal static class MessageChecker
{
    public static string? Check(JsonElement root)
    {
        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array) return "messages: Field required";
        if (messages.GetArrayLength() == 0) return "messages: at least one message is required";
        HashSet<string> open = [];
        string? before = null;
        var i = 0;
        foreach (var message in messages.EnumerateArray())
        {
            var path = $"messages.{i++}.";
            if (RequestChecker.Unknown(message, path, "role", "content") is { } unknown) return unknown;
            var role = RequestChecker.Text(message, "role");
            if (role is not ("user" or "assistant")) return $"{path}role: user or assistant";
            if (before is null && role != "user") return "messages: first message must use the \"user\" role";
            if (role == before) return $"{path}role: roles must alternate between \"user\" and \"assistant\"";
            before = role;
            if (!message.TryGetProperty("content", out var content)) return $"{path}content: Field required";
            if (content.ValueKind == JsonValueKind.String) content = default;
            else if (content.ValueKind != JsonValueKind.Array || content.GetArrayLength() == 0)
                return $"{path}content: all messages must have non-empty content";
            var fault = role == "user" ? User(content, path, open) : Assistant(content, path, open);
            if (fault is not null) return fault;
        }

        return open.Count > 0 ? $"`tool_use` ids were found without `tool_result` blocks immediately after: {string.Join(", ", open)}" : null;
    }

    private static string? User(JsonElement content, string path, HashSet<string> open)
    {
        var (i, onlyResults) = (0, true);
        if (content.ValueKind == JsonValueKind.Array)
        {
            foreach (var block in content.EnumerateArray())
            {
                var at = $"{path}content.{i++}.";
                if (RequestChecker.Text(block, "type") != "tool_result")
                {
                    onlyResults = false;
                    if (BlockChecker.Part(block, at) is { } fault) return fault;
                    continue;
                }

                if (!onlyResults) return $"{at}tool_result: results come before other content";
                if (RequestChecker.Unknown(block, at, "type", "tool_use_id", "content", "is_error", "cache_control") is { } unknown) return unknown;
                var id = RequestChecker.Text(block, "tool_use_id");
                if (id is null || !open.Remove(id)) return $"{at}: unexpected `tool_use_id` found in `tool_result` blocks: {id}";
                if (Result(block, at) is { } odd) return odd;
            }
        }

        return open.Count > 0 ? $"{path}: `tool_use` ids were found without `tool_result` blocks immediately after: {string.Join(", ", open)}" : null;
    }

    private static string? Result(JsonElement block, string path)
    {
        if (!block.TryGetProperty("content", out var content) || content.ValueKind == JsonValueKind.String) return RequestChecker.Cache(block, path);
        var i = 0;
        foreach (var part in content.EnumerateArray())
            if (BlockChecker.Part(part, $"{path}content.{i++}.") is { } fault) return fault;
        return RequestChecker.Cache(block, path);
    }

    private static string? Assistant(JsonElement content, string path, HashSet<string> open)
    {
        if (content.ValueKind != JsonValueKind.Array) return null;
        var (i, stage) = (0, 0);
        foreach (var block in content.EnumerateArray())
        {
            var at = $"{path}content.{i++}.";
            var type = RequestChecker.Text(block, "type");
            var next = type switch { "thinking" or "redacted_thinking" => 0, "text" => 1, "tool_use" => 2, _ => -1 };
            if (next < 0) return $"{at}type: {type} is none of an assistant's";
            if (next < stage) return $"{at}: Expected thinking, then text, then tool_use; found {type}";
            stage = next;
            if (BlockChecker.OfAssistant(block, at) is { } fault) return fault;
            if (type == "tool_use" && !open.Add(RequestChecker.Text(block, "id")!)) return $"{at}id: `tool_use` ids must be unique";
        }

        return null;
    }
}
