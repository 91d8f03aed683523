using System.Text.Json;

namespace Bifrost.Simulator.Anthropic;

/// <summary>Checks tools, the choice among them, and schemas that answers are bound to.</summary>
internal static class ToolChecker
{
    private static readonly string[] s_schema =
    [
        "type", "enum", "const", "anyOf", "allOf", "$ref", "$defs", "definitions", "properties", "required", "items", "minItems", "description", "title",
        "default", "format", "additionalProperties",
    ];

    public static string? Check(JsonElement root)
    {
        var hasTools = root.TryGetProperty("tools", out var tools);
        if (hasTools && (tools.ValueKind != JsonValueKind.Array || tools.GetArrayLength() == 0)) return "tools: must be a list of at least one";
        if (!hasTools) return root.TryGetProperty("tool_choice", out _) ? "tool_choice may only be specified while providing tools" : null;
        var i = 0;
        foreach (var tool in tools.EnumerateArray())
            if (Tool(tool, $"tools.{i++}.") is { } fault) return fault;
        return Choice(root);
    }

    /// <summary>Whether every object of a schema is closed, and nothing in it is out of the subset.</summary>
    public static string? Closed(JsonElement schema, string path)
    {
        if (schema.ValueKind != JsonValueKind.Object) return $"{path}: must be an object";
        if (RequestChecker.Unknown(schema, path + ".", s_schema) is { } unknown) return unknown;
        if (schema.TryGetProperty("properties", out var properties))
        {
            if (!schema.TryGetProperty("additionalProperties", out var more) || more.ValueKind != JsonValueKind.False)
                return $"{path}: For 'object' type, 'additionalProperties' must be explicitly set to false";
            foreach (var property in properties.EnumerateObject())
                if (Closed(property.Value, $"{path}.{property.Name}") is { } fault) return fault;
        }

        if (schema.TryGetProperty("minItems", out var least) && least.GetInt32() > 1) return $"{path}.minItems: 0 or 1";
        if (schema.TryGetProperty("items", out var items) && Closed(items, path + ".items") is { } inner) return inner;
        foreach (var name in (ReadOnlySpan<string>)["anyOf", "allOf"])
        {
            if (!schema.TryGetProperty(name, out var list)) continue;
            foreach (var one in list.EnumerateArray())
                if (Closed(one, $"{path}.{name}") is { } fault) return fault;
        }

        return null;
    }

    private static string? Tool(JsonElement tool, string path)
    {
        // A tool of the provider's own is named by its type and date.
        if (RequestChecker.Text(tool, "type") is { } type) return type.Contains('_', StringComparison.Ordinal) ? null : $"{path}type: unknown tool {type}";
        if (RequestChecker.Unknown(tool, path, "name", "description", "input_schema", "strict", "cache_control") is { } unknown) return unknown;
        if (RequestChecker.Text(tool, "name") is not { Length: > 0 and <= 128 }) return $"{path}name: 1 to 128 characters";
        if (!tool.TryGetProperty("input_schema", out var schema) || RequestChecker.Text(schema, "type") != "object")
            return $"{path}input_schema.type: Input should be 'object'";
        var isStrict = tool.TryGetProperty("strict", out var strict) && strict.ValueKind == JsonValueKind.True;
        if (isStrict && Closed(schema, path + "input_schema") is { } open) return open;
        return RequestChecker.Cache(tool, path);
    }

    private static string? Choice(JsonElement root)
    {
        if (!root.TryGetProperty("tool_choice", out var choice)) return null;
        var type = RequestChecker.Text(choice, "type");
        if (type is not ("auto" or "any" or "none" or "tool")) return "tool_choice.type: unknown";
        if (RequestChecker.Unknown(choice, "tool_choice.", "type", "name", "disable_parallel_tool_use") is { } unknown) return unknown;
        if ((type == "tool") != (RequestChecker.Text(choice, "name") is not null)) return "tool_choice.name: stands with type tool alone";
        return type == "none" && choice.TryGetProperty("disable_parallel_tool_use", out _) ? "tool_choice.none.disable_parallel_tool_use" : null;
    }
}
