using System.Text.Json;

namespace Bifrost.Testing;

/// <summary>
/// Checks JSON against the schemas of the description: those words of JSON Schema that it uses. An unknown word fails, so that nothing passes
/// because it was not looked at.
/// </summary>
internal sealed class SchemaCheck(JsonElement document)
{
    private static readonly HashSet<string> s_words = new(StringComparer.Ordinal)
    {
        "$ref", "type", "description", "properties", "required", "additionalProperties", "items", "enum", "oneOf", "anyOf", "format", "minimum", "maximum",
    };

    /// <summary>What is wrong with a value, each with its path; empty: nothing.</summary>
    public List<string> Find(JsonElement schema, JsonElement value)
    {
        var wrong = new List<string>();
        Check(schema, value, "$", wrong);
        return wrong;
    }

    /// <summary>What a reference points to.</summary>
    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("$ref", out var reference))
        {
            schema = document;
            foreach (var part in reference.GetString()!.Split('/').Skip(1)) schema = schema.GetProperty(part);
        }

        return schema;
    }

    private void Check(JsonElement schema, JsonElement value, string path, List<string> wrong)
    {
        schema = Resolve(schema);
        foreach (var word in schema.EnumerateObject())
            if (!s_words.Contains(word.Name)) wrong.Add($"{path}: '{word.Name}' is no word that is checked");
        foreach (var (name, exact) in (ReadOnlySpan<(string, bool)>)[("oneOf", true), ("anyOf", false)])
        {
            if (!schema.TryGetProperty(name, out var choices)) continue;
            var fits = choices.EnumerateArray().Count(choice => Find(choice, value).Count == 0);
            if (exact ? fits != 1 : fits == 0) wrong.Add($"{path}: {fits} of {name} fit {Short(value)}");
        }

        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(one => Is(one, value)))
        {
            wrong.Add($"{path}: {Short(value)} is no {type}");
            return;
        }

        if (schema.TryGetProperty("enum", out var words) && value.ValueKind == JsonValueKind.String
            && words.EnumerateArray().All(word => word.GetString() != value.GetString())) wrong.Add($"{path}: {Short(value)} is none of {words}");
        if (schema.TryGetProperty("format", out var format) && value.ValueKind == JsonValueKind.String && !HasFormat(format.GetString()!, value.GetString()!))
            wrong.Add($"{path}: {Short(value)} is no {format}");
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (schema.TryGetProperty("minimum", out var least) && value.GetDouble() < least.GetDouble()) wrong.Add($"{path}: below {least}");
            if (schema.TryGetProperty("maximum", out var most) && value.GetDouble() > most.GetDouble()) wrong.Add($"{path}: above {most}");
        }

        if (value.ValueKind == JsonValueKind.Object) CheckObject(schema, value, path, wrong);
        if (value.ValueKind != JsonValueKind.Array || !schema.TryGetProperty("items", out var items)) return;
        var index = 0;
        foreach (var item in value.EnumerateArray()) Check(items, item, $"{path}[{index++}]", wrong);
    }

    private void CheckObject(JsonElement schema, JsonElement value, string path, List<string> wrong)
    {
        if (schema.TryGetProperty("required", out var required))
        {
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _)) wrong.Add($"{path}: {name} is missing");
        }

        var known = schema.TryGetProperty("properties", out var properties);
        var others = schema.TryGetProperty("additionalProperties", out var additional) ? additional : default;
        foreach (var member in value.EnumerateObject())
        {
            if (known && properties.TryGetProperty(member.Name, out var own)) Check(own, member.Value, $"{path}.{member.Name}", wrong);
            else if (others.ValueKind == JsonValueKind.False) wrong.Add($"{path}: {member.Name} is not described");
            else if (others.ValueKind == JsonValueKind.Object) Check(others, member.Value, $"{path}.{member.Name}", wrong);
        }
    }

    private static IEnumerable<string> Types(JsonElement type) =>
        type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(static one => one.GetString()!) : [type.GetString()!];

    private static bool Is(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => false,
    };

    private static bool HasFormat(string format, string text) => format switch
    {
        "date-time" => DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _),
        "uuid" => Guid.TryParse(text, out _),
        _ => false,
    };

    private static string Short(JsonElement value) => value.GetRawText() is { Length: > 80 } text ? text[..80] + "…" : value.GetRawText();
}
