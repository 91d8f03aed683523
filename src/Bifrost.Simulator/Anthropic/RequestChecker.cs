using System.Text.Json;

namespace Bifrost.Simulator.Anthropic;

/// <summary>
/// Checks a request by the documented schema of Anthropic's messages: every name, every type, and the rules between them. Answers the first fault in the
/// provider's words, or null.
/// </summary>
internal static class RequestChecker
{
    private const int BreakpointsMax = 4;
    private const int BudgetMin = 1_024;

    private static readonly string[] s_top =
    [
        "model", "max_tokens", "messages", "stream", "system", "temperature", "top_p", "top_k", "stop_sequences", "metadata", "service_tier", "thinking",
        "output_config", "tools", "tool_choice", "cache_control", "container", "context_management", "inference_geo", "speed", "mcp_servers",
    ];

    public static string? Check(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return "The body must be an object.";
        if (Unknown(root, "", s_top) is { } unknown) return unknown;
        if (!root.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.String) return "model: Field required";
        if (!root.TryGetProperty("max_tokens", out var limit) || !limit.TryGetInt32(out var most) || most < 1)
            return "max_tokens: Input should be greater than 0";
        return Flag(root, "stream") ?? Range(root, "temperature") ?? Range(root, "top_p") ?? System(root) ?? Stops(root) ?? Metadata(root)
            ?? Enum(root, "service_tier", "auto", "standard_only") ?? Thinking(root, most) ?? Output(root) ?? ToolChecker.Check(root)
            ?? (CountOf(root, "cache_control") > BreakpointsMax ? "A maximum of 4 blocks with cache_control may be provided." : null)
            ?? MessageChecker.Check(root);
    }

    internal static string? Unknown(JsonElement holder, string path, params ReadOnlySpan<string> known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in holder.EnumerateObject())
        {
            if (!known.Contains(member.Name)) return $"{path}{member.Name}: Extra inputs are not permitted";
            if (!seen.Add(member.Name)) return $"{path}{member.Name}: stands twice";
        }

        return null;
    }

    internal static string? Cache(JsonElement holder, string path)
    {
        if (!holder.TryGetProperty("cache_control", out var cache)) return null;
        if (cache.ValueKind != JsonValueKind.Object || Text(cache, "type") != "ephemeral") return $"{path}cache_control.type: must be ephemeral";
        return Unknown(cache, path + "cache_control.", "type", "ttl") ?? (Text(cache, "ttl") is null or "5m" or "1h" ? null : $"{path}cache_control.ttl");
    }

    internal static string? Text(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal static string? TextBlock(JsonElement block, string path)
    {
        if (Text(block, "type") != "text") return $"{path}type: must be text";
        if (string.IsNullOrWhiteSpace(Text(block, "text"))) return $"{path}text: text content blocks must contain non-whitespace text";
        return Unknown(block, path, "type", "text", "cache_control") ?? Cache(block, path);
    }

    private static string? Flag(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is not (JsonValueKind.True or JsonValueKind.False) ? $"{name}: must be a boolean" : null;

    private static string? Range(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && (value.ValueKind != JsonValueKind.Number || value.GetDouble() is < 0 or > 1)
            ? $"{name}: range: 0..1" : null;

    private static string? Enum(JsonElement root, string name, params ReadOnlySpan<string> values) =>
        root.TryGetProperty(name, out _) && (Text(root, name) is not { } value || !values.Contains(value)) ? $"{name}: not one of the values" : null;

    private static string? System(JsonElement root)
    {
        if (!root.TryGetProperty("system", out var system) || system.ValueKind == JsonValueKind.String) return null;
        if (system.ValueKind != JsonValueKind.Array || system.GetArrayLength() == 0) return "system: must be a string or a list of text blocks";
        var i = 0;
        foreach (var block in system.EnumerateArray())
            if (TextBlock(block, $"system.{i++}.") is { } fault) return fault;
        return null;
    }

    private static string? Stops(JsonElement root)
    {
        if (!root.TryGetProperty("stop_sequences", out var stops)) return null;
        if (stops.ValueKind != JsonValueKind.Array) return "stop_sequences: must be a list";
        return stops.EnumerateArray().Any(stop => stop.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(stop.GetString()))
            ? "stop_sequences: each stop sequence must contain non-whitespace" : null;
    }

    private static string? Metadata(JsonElement root)
    {
        if (!root.TryGetProperty("metadata", out var metadata)) return null;
        return Unknown(metadata, "metadata.", "user_id") ?? (Text(metadata, "user_id") is null ? "metadata.user_id: must be a string" : null);
    }

    private static string? Thinking(JsonElement root, int most)
    {
        if (!root.TryGetProperty("thinking", out var thinking)) return null;
        var type = Text(thinking, "type");
        if (type is not ("enabled" or "disabled" or "adaptive" or "between_tools")) return "thinking.type: unknown";
        var isBudget = type == "enabled";
        ReadOnlySpan<string> known = isBudget ? ["type", "budget_tokens"] : type == "adaptive" ? ["type", "display"] : ["type"];
        if (Unknown(thinking, "thinking.", known) is { } unknown) return unknown;
        if (isBudget && (!thinking.TryGetProperty("budget_tokens", out var budget) || budget.GetInt32() < BudgetMin))
            return "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
        if (isBudget && thinking.GetProperty("budget_tokens").GetInt32() >= most) return "max_tokens must be greater than thinking.budget_tokens";
        var isForced = root.TryGetProperty("tool_choice", out var choice) && Text(choice, "type") is "any" or "tool";
        if (isBudget && isForced) return "Thinking may not be enabled when tool_choice forces tool use.";
        return type is "enabled" or "adaptive" && (root.TryGetProperty("temperature", out _) || root.TryGetProperty("top_k", out _))
            ? "temperature may not be set when thinking is enabled" : null;
    }

    private static string? Output(JsonElement root)
    {
        if (!root.TryGetProperty("output_config", out var output)) return null;
        if (Unknown(output, "output_config.", "effort", "format") is { } unknown) return unknown;
        if (output.TryGetProperty("effort", out _) && Text(output, "effort") is not ("low" or "medium" or "high" or "xhigh" or "max"))
            return "output_config.effort";
        if (!output.TryGetProperty("format", out var format)) return null;
        if (Unknown(format, "output_config.format.", "type", "schema") is { } odd) return odd;
        return Text(format, "type") != "json_schema" ? "output_config.format.type"
            : ToolChecker.Closed(format.GetProperty("schema"), "output_config.format.schema");
    }

    private static int CountOf(JsonElement element, string name) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Sum(member => (member.Name == name ? 1 : 0) + CountOf(member.Value, name)),
        JsonValueKind.Array => element.EnumerateArray().Sum(item => CountOf(item, name)),
        _ => 0,
    };
}
