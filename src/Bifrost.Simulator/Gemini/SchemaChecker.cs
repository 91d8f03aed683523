using System.Text.Json;

namespace Bifrost.Simulator.Gemini;

/// <summary>Checks schemas: those in the subset of OpenAPI, and those in JSON Schema.</summary>
internal static class SchemaChecker
{
    private static readonly string[] s_open =
    [
        "type", "format", "title", "description", "nullable", "enum", "items", "minItems", "maxItems", "properties", "required", "propertyOrdering",
        "minProperties", "maxProperties", "minimum", "maximum", "minLength", "maxLength", "pattern", "anyOf", "default", "example",
    ];

    private static readonly string[] s_refused = ["$schema", "$comment", "enumDescriptions", "strict", "const"];

    public static string? Open(JsonElement schema, string path)
    {
        if (RequestChecker.Unknown(schema, path, s_open) is { } unknown) return unknown;
        if (schema.TryGetProperty("type", out var type) && type.ValueKind != JsonValueKind.String)
            return $"Proto field is not repeating, cannot start list at '{path}.type'";
        if (schema.TryGetProperty("enum", out var values) && values.EnumerateArray().Any(value => value.ValueKind != JsonValueKind.String))
            return $"Invalid value at '{path}.enum' (TYPE_STRING)";
        return Below(schema, path, Open);
    }

    public static string? Json(JsonElement schema, string path)
    {
        if (schema.ValueKind != JsonValueKind.Object) return null;
        foreach (var member in schema.EnumerateObject())
        {
            if (s_refused.Contains(member.Name)) return $"Unknown keyword \"{member.Name}\" at '{path}'";
            if (schema.TryGetProperty("$ref", out _) && member.Name[0] != '$') return $"Beside $ref nothing may stand at '{path}': {member.Name}";
        }

        return Below(schema, path, Json);
    }

    private static string? Below(JsonElement schema, string path, Func<JsonElement, string, string?> check)
    {
        foreach (var name in (ReadOnlySpan<string>)["properties", "$defs"])
        {
            if (!schema.TryGetProperty(name, out var named)) continue;
            foreach (var one in named.EnumerateObject())
                if (check(one.Value, $"{path}.{name}.{one.Name}") is { } fault) return fault;
        }

        if (schema.TryGetProperty("items", out var items) && check(items, path + ".items") is { } inner) return inner;
        foreach (var name in (ReadOnlySpan<string>)["anyOf", "oneOf"])
        {
            if (!schema.TryGetProperty(name, out var list)) continue;
            foreach (var one in list.EnumerateArray())
                if (check(one, $"{path}.{name}") is { } fault) return fault;
        }

        return null;
    }
}
