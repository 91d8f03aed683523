using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>The tools that a request offers: functions in one list, and tools that the provider runs itself.</summary>
internal static class ToolMap
{
    /// <summary>What was written.</summary>
    internal readonly record struct Tools(bool HasFunctions, bool HasOwn, bool IsStrict);

    public static Tools Write(ref BodyWriter to, ReadOnlySpan<byte> tools, ToolNames names, GeminiModel model, MapFindings findings)
    {
        var (functions, own) = (0, 0);
        var isStrict = false;
        var items = new JsonItems(tools);
        while (items.Next())
        {
            var function = JsonMembers.Find(items.Value, "function"u8);
            if (function.IsEmpty) continue;
            var name = JsonMembers.Find(function, "name"u8);
            if (!JsonText.IsText(name) || JsonText.Inner(name).IsEmpty)
            {
                findings.Wrong($"tools[{items.Index}].function.name", $"`tools[{items.Index}].function.name` must be a non-empty string.");
                continue;
            }

            to.Json.Raw(functions++ == 0 ? ",\"tools\":[{\"functionDeclarations\":["u8 : ","u8);
            isStrict |= JsonMembers.Find(function, "strict"u8).SequenceEqual("true"u8);
            WriteFunction(ref to, function, name, names, model, findings, items.Index);
        }

        if (functions > 0) to.Json.Raw("]}"u8);
        items = new JsonItems(tools);
        while (items.Next())
        {
            if (!JsonMembers.Find(items.Value, "function"u8).IsEmpty) continue;
            var param = $"tools[{items.Index}]";
            if (OwnName(items.Value, out var value) is not { IsEmpty: false } name)
                findings.Drop(param, "it takes functions, and tools of its own by their name");
            else if (functions > 0 && !model.CombinesTools) findings.Drop(param, "this model takes functions or tools of its own, not both");
            else
            {
                to.Json.Raw(functions > 0 || own > 0 ? ",{\""u8 : ",\"tools\":[{\""u8);
                own++;
                to.Json.Raw(name);
                to.Json.Raw("\":"u8);
                to.Json.Raw(value);
                to.Json.Byte((byte)'}');
            }
        }

        if (functions > 0 || own > 0) to.Json.Byte((byte)']');
        return new(functions > 0, own > 0, isStrict);
    }

    private static void WriteFunction(
        ref BodyWriter to, ReadOnlySpan<byte> function, ReadOnlySpan<byte> name, ToolNames names, GeminiModel model, MapFindings findings, int index)
    {
        to.Json.Raw("{\"name\":"u8);
        names.Write(ref to.Json, name);
        var description = JsonMembers.Find(function, "description"u8);
        if (JsonText.IsText(description))
        {
            to.Json.Raw(",\"description\":"u8);
            to.Json.Raw(description);
        }

        // A function without parameters has no schema at all: an empty one is refused.
        var schema = JsonMembers.Find(function, "parameters"u8);
        if (!JsonText.IsNothing(JsonMembers.Find(schema, "properties"u8)) || (JsonMembers.Find(schema, "type"u8).IsEmpty && !JsonText.IsNothing(schema)))
        {
            to.Json.Raw(model.TakesJsonSchema ? ",\"parametersJsonSchema\":"u8 : ",\"parameters\":"u8);
            SchemaMap.Write(ref to.Json, schema, model.TakesJsonSchema, $"tools[{index}].function.parameters", findings);
        }

        to.Json.Byte((byte)'}');
    }

    /// <summary>The name of a tool of the provider's own, in any of its spellings: as the one member of the tool, or as its type.</summary>
    private static ReadOnlySpan<byte> OwnName(ReadOnlySpan<byte> tool, out ReadOnlySpan<byte> value)
    {
        value = "{}"u8;
        var type = JsonMembers.Find(tool, "type"u8);
        if (JsonText.IsText(type)) return Known(JsonText.Inner(type));
        var members = new JsonMembers(tool);
        while (members.Next())
        {
            var known = Known(members.RawName);
            if (known.IsEmpty) continue;
            if (JsonText.IsObject(members.Value)) value = members.Value;
            return known;
        }

        return default;
    }

    private static ReadOnlySpan<byte> Known(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("google_search"u8) || name.SequenceEqual("googleSearch"u8)) return "googleSearch"u8;
        if (name.SequenceEqual("google_search_retrieval"u8) || name.SequenceEqual("googleSearchRetrieval"u8)) return "googleSearchRetrieval"u8;
        if (name.SequenceEqual("code_execution"u8) || name.SequenceEqual("codeExecution"u8)) return "codeExecution"u8;
        if (name.SequenceEqual("url_context"u8) || name.SequenceEqual("urlContext"u8)) return "urlContext"u8;
        if (name.SequenceEqual("google_maps"u8) || name.SequenceEqual("googleMaps"u8)) return "googleMaps"u8;
        return name.SequenceEqual("file_search"u8) || name.SequenceEqual("fileSearch"u8) ? "fileSearch"u8 : default;
    }
}
