using System.Text.Json;

namespace Bifrost.Simulator.Gemini;

/// <summary>
/// Checks a request by the documented schema of generated content: every name, every type, and the rules between them. Answers the first fault in the
/// provider's words, or null.
/// </summary>
internal static class RequestChecker
{
    private static readonly string[] s_top =
    [
        "contents", "systemInstruction", "tools", "toolConfig", "safetySettings", "cachedContent", "serviceTier", "generationConfig", "continuationToken",
    ];

    private static readonly string[] s_config =
    [
        "maxOutputTokens", "temperature", "topP", "topK", "candidateCount", "stopSequences", "seed", "frequencyPenalty", "presencePenalty",
        "responseLogprobs", "logprobs", "responseModalities", "speechConfig", "responseMimeType", "responseSchema", "responseJsonSchema", "thinkingConfig",
    ];

    public static string? Check(JsonElement root, string model, bool inCloud)
    {
        if (root.ValueKind != JsonValueKind.Object) return "The body must be an object.";
        if (Unknown(root, "", s_top) is { } unknown) return unknown;
        if (inCloud && root.TryGetProperty("serviceTier", out _)) return "Invalid JSON payload received. Unknown name \"serviceTier\"";
        if (root.TryGetProperty("serviceTier", out _) && Text(root, "serviceTier") is not ("standard" or "flex" or "priority"))
            return "Invalid value at 'service_tier'";
        if (root.TryGetProperty("continuationToken", out _) && (!IsFour(model) || Text(root, "continuationToken") is not { Length: > 0 }))
            return "Invalid value at 'continuation_token'";
        return System(root, model) ?? ToolChecker.Check(root, model) ?? Config(root, model) ?? ContentChecker.Check(root, model, inCloud);
    }

    /// <summary>Models from the third generation on, and the simulator's own.</summary>
    public static bool NeedsSignatures(string model) => model.Contains("gemini-3", StringComparison.Ordinal) || IsFour(model);

    public static bool IsFour(string model) => model.Contains("gemini-4", StringComparison.Ordinal);

    public static bool IsOld(string model) => model.Contains("gemini-2", StringComparison.Ordinal) || model.Contains("gemini-1", StringComparison.Ordinal);

    internal static string? Unknown(JsonElement holder, string path, params ReadOnlySpan<string> known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in holder.EnumerateObject())
        {
            if (!known.Contains(member.Name)) return $"Invalid JSON payload received. Unknown name \"{member.Name}\" at '{path}': Cannot find field.";
            if (!seen.Add(member.Name)) return $"Duplicate name \"{member.Name}\" at '{path}'";
        }

        return null;
    }

    internal static string? Text(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal static string? Range(JsonElement holder, string name, double from, double to) =>
        holder.TryGetProperty(name, out var value) && (value.ValueKind != JsonValueKind.Number || value.GetDouble() < from || value.GetDouble() > to)
            ? $"{name} must be in the range [{from}, {to}]" : null;

    private static string? System(JsonElement root, string model)
    {
        if (!root.TryGetProperty("systemInstruction", out var system)) return null;
        if (model.StartsWith("gemma", StringComparison.Ordinal)) return $"Developer instruction is not enabled for models/{model}";
        if (Unknown(system, "system_instruction", "parts", "role") is { } unknown) return unknown;
        foreach (var part in system.GetProperty("parts").EnumerateArray())
            if (Unknown(part, "system_instruction.parts", "text") is { } odd) return odd;
            else if (Text(part, "text") is not { Length: > 0 }) return "system_instruction.parts: a text must not be empty";
        return system.GetProperty("parts").GetArrayLength() == 0 ? "system_instruction.parts: must not be empty" : null;
    }

    private static string? Config(JsonElement root, string model)
    {
        if (!root.TryGetProperty("generationConfig", out var config)) return null;
        if (Unknown(config, "generation_config", s_config) is { } unknown) return unknown;
        if (Ranges(config, model) is { } range) return range;
        if (config.TryGetProperty("stopSequences", out var stops)
            && (stops.GetArrayLength() is 0 or > 5 || stops.EnumerateArray().Any(stop => stop.GetString() is not { Length: > 0 })))
            return "The number of stop sequences must be from 1 to 5, none empty.";
        var isJson = Text(config, "responseMimeType") == "application/json";
        if (isJson && IsOld(model) && ToolChecker.HasFunctions(root)) return "Function calling with a response mime type: 'application/json' is unsupported";
        var (hasOpen, hasJson) = (config.TryGetProperty("responseSchema", out var open), config.TryGetProperty("responseJsonSchema", out var schema));
        if ((hasOpen || hasJson) && !isJson) return "A response schema needs the response mime type application/json.";
        if (hasOpen && hasJson) return "Only one of response_schema and response_json_schema may be set.";
        if (hasOpen && SchemaChecker.Open(open, "generation_config.response_schema") is { } odd) return odd;
        if (hasJson && SchemaChecker.Json(schema, "generation_config.response_json_schema") is { } wrong) return wrong;
        return config.TryGetProperty("thinkingConfig", out var thinking) ? Thinking(thinking, model) : null;
    }

    private static string? Ranges(JsonElement config, string model)
    {
        var most = model.Contains("gemini-2.0", StringComparison.Ordinal) ? 8_192
            : IsOld(model) || model.Contains("gemini-3", StringComparison.Ordinal) ? 65_536 : int.MaxValue;
        var hasPenalty = config.TryGetProperty("frequencyPenalty", out _) || config.TryGetProperty("presencePenalty", out _);
        if (hasPenalty && (IsFour(model) || model.Contains("2.5", StringComparison.Ordinal))) return "Penalty is not enabled for this model";
        return Range(config, "maxOutputTokens", 1, most)
            ?? Range(config, "temperature", 0, 2) ?? Range(config, "topP", 0, 1) ?? Range(config, "topK", 1, 1_000)
            ?? Range(config, "candidateCount", 1, IsFour(model) ? 1 : 8) ?? Range(config, "seed", int.MinValue, int.MaxValue)
            ?? Range(config, "frequencyPenalty", -2, 1.9999) ?? Range(config, "presencePenalty", -2, 1.9999) ?? Range(config, "logprobs", 0, 20);
    }

    private static string? Thinking(JsonElement thinking, string model)
    {
        if (Unknown(thinking, "generation_config.thinking_config", "includeThoughts", "thinkingBudget", "thinkingLevel") is { } unknown) return unknown;
        var (hasBudget, level) = (thinking.TryGetProperty("thinkingBudget", out var budget), Text(thinking, "thinkingLevel"));
        if (hasBudget && level is not null) return "You can only set only one of thinking budget and thinking level.";
        if (level is not null && IsOld(model)) return "Thinking level is not supported for this model.";
        if (hasBudget && (IsFour(model) || model.StartsWith("gemma", StringComparison.Ordinal))) return "Thinking budget is not supported for this model.";
        if (hasBudget && model.Contains("2.5-pro", StringComparison.Ordinal) && budget.GetInt32() == 0)
            return "Budget 0 is invalid. This model only works in thinking mode.";
        if (hasBudget) return Range(thinking, "thinkingBudget", -1, 32_768);
        var takesMinimal = !IsFour(model) && !model.Contains("pro", StringComparison.Ordinal) && !model.Contains("3.7", StringComparison.Ordinal);
        var isGemma = model.StartsWith("gemma", StringComparison.Ordinal);
        var takes = level is null || (isGemma ? level is "MINIMAL" or "HIGH" : level switch
        {
            "MINIMAL" => takesMinimal,
            "LOW" or "MEDIUM" or "HIGH" => true,
            "XHIGH" => IsFour(model) && !model.Contains("argon", StringComparison.Ordinal),
            _ => false,
        });
        return takes ? null : $"Thinking level {level} is not supported for this model. Please retry with other thinking level.";
    }
}
