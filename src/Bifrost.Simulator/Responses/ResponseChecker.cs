using System.Text.Json;

namespace Bifrost.Simulator.Responses;

/// <summary>Checks a request by the documented schema of OpenAI's responses. Answers the first fault, or null.</summary>
internal static class ResponseChecker
{
    private static readonly string[] s_top =
    [
        "model", "input", "instructions", "max_output_tokens", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning", "store", "include", "stream",
        "service_tier", "metadata", "temperature", "top_p", "top_logprobs", "user", "safety_identifier", "prompt_cache_key", "prompt_cache_options",
        "prompt_cache_retention", "moderation",
    ];

    public static string? Check(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return "The body must be an object.";
        if (Unknown(root, "", s_top) is { } unknown) return unknown;
        if (Text(root, "model") is null) return "Missing required parameter: 'model'.";
        if (!root.TryGetProperty("input", out var input) || input.ValueKind != JsonValueKind.Array || input.GetArrayLength() == 0)
            return "Missing required parameter: 'input'.";
        if (root.TryGetProperty("max_output_tokens", out var limit) && limit.GetInt32() < 1) return "Invalid 'max_output_tokens'.";
        if (root.TryGetProperty("store", out var store) && !store.GetBoolean() && !Includes(root)) return "A response that is not stored needs its reasoning.";
        return Items(input) ?? Tools(root) ?? Format(root)
            ?? (root.TryGetProperty("reasoning", out var reasoning) ? Unknown(reasoning, "reasoning.", "effort", "summary") : null);
    }

    private static bool Includes(JsonElement root) =>
        root.TryGetProperty("include", out var include) && include.EnumerateArray().Any(static one => one.GetString() == "reasoning.encrypted_content");

    private static string? Items(JsonElement input)
    {
        var awaitsFollower = false;
        foreach (var item in input.EnumerateArray())
        {
            var type = Text(item, "type");
            var fault = type switch
            {
                "message" => Message(item),
                "function_call" => Unknown(item, "input.", "type", "call_id", "name", "arguments") ?? Required(item, "call_id", "name", "arguments"),
                "custom_tool_call" => Unknown(item, "input.", "type", "call_id", "name", "input") ?? Required(item, "call_id", "name", "input"),
                "function_call_output" => Unknown(item, "input.", "type", "call_id", "output") ?? Required(item, "call_id"),
                "reasoning" => Unknown(item, "input.", "type", "id", "summary", "encrypted_content") ?? Required(item, "id", "encrypted_content"),
                _ => $"Invalid value: '{type}'.",
            };
            if (fault is not null) return fault;
            if (awaitsFollower && (type == "function_call_output" || Text(item, "role") == "user"))
                return "Item of type 'reasoning' was provided without its required following item.";
            awaitsFollower = type == "reasoning";
        }

        return awaitsFollower ? "Item of type 'reasoning' was provided without its required following item." : null;
    }

    private static string? Message(JsonElement item)
    {
        var role = Text(item, "role");
        if (role is not ("user" or "assistant" or "system" or "developer")) return $"Invalid role: '{role}'.";
        if (Unknown(item, "input.", "type", "role", "content") is { } unknown) return unknown;
        if (!item.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array) return "input.content: must be an array";
        foreach (var part in content.EnumerateArray())
        {
            var fault = (Text(part, "type"), role) switch
            {
                ("output_text", "assistant") => Unknown(part, "content.", "type", "text", "annotations") ?? Required(part, "text"),
                ("refusal", "assistant") => Unknown(part, "content.", "type", "refusal") ?? Required(part, "refusal"),
                ("input_text", not "assistant") => Unknown(part, "content.", "type", "text", "prompt_cache_breakpoint") ?? Required(part, "text"),
                ("input_image", not "assistant") => Unknown(part, "content.", "type", "image_url", "detail", "file_id"),
                ("input_file", not "assistant") => Unknown(part, "content.", "type", "filename", "file_data", "file_id", "file_url"),
                ("input_audio", not "assistant") => Unknown(part, "content.", "type", "input_audio"),
                var (type, _) => $"Invalid value: '{type}' for {role}.",
            };
            if (fault is not null) return fault;
        }

        return null;
    }

    private static string? Tools(JsonElement root)
    {
        if (!root.TryGetProperty("tools", out var tools)) return null;
        foreach (var tool in tools.EnumerateArray())
        {
            var fault = Text(tool, "type") switch
            {
                "function" => Unknown(tool, "tools.", "type", "name", "description", "parameters", "strict")
                    ?? (tool.TryGetProperty("strict", out _) && tool.TryGetProperty("parameters", out _) ? null : "tools: strict and parameters")
                    ?? Required(tool, "name"),
                "custom" => Unknown(tool, "tools.", "type", "name", "description", "format") ?? Required(tool, "name"),
                _ => null,
            };
            if (fault is not null) return fault;
        }

        if (!root.TryGetProperty("tool_choice", out var choice) || choice.ValueKind == JsonValueKind.String) return null;
        return Unknown(choice, "tool_choice.", "type", "name", "mode", "tools");
    }

    private static string? Format(JsonElement root)
    {
        if (!root.TryGetProperty("text", out var text)) return null;
        if (Unknown(text, "text.", "format", "verbosity") is { } unknown) return unknown;
        if (!text.TryGetProperty("format", out var format)) return null;
        return Text(format, "type") switch
        {
            "json_schema" => Unknown(format, "text.format.", "type", "name", "schema", "strict", "description") ?? Required(format, "name"),
            "text" or "json_object" => Unknown(format, "text.format.", "type"),
            var type => $"text.format.type: '{type}'",
        };
    }

    private static string? Required(JsonElement holder, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (Text(holder, name) is null) return $"Missing required parameter: '{name}'.";
        return null;
    }

    private static string? Unknown(JsonElement holder, string path, params ReadOnlySpan<string> known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in holder.EnumerateObject())
        {
            if (!known.Contains(member.Name)) return $"Unknown parameter: '{path}{member.Name}'.";
            if (!seen.Add(member.Name)) return $"{path}{member.Name} stands twice.";
        }

        return null;
    }

    private static string? Text(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString() : null;
}
