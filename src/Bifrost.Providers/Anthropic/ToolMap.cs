using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>The tools that a request offers. The provider's own tools, which it runs itself, go through as they stand.</summary>
internal static class ToolMap
{
    private static ReadOnlySpan<byte> NoParameters => """{"type":"object","properties":{}}"""u8;

    /// <summary>Answers whether any tool was written.</summary>
    public static bool Write(ref BodyWriter to, ReadOnlySpan<byte> tools, scoped in ToolChoice choice, ClaudeModel model, MapFindings findings)
    {
        var any = false;
        var items = new JsonItems(tools);
        while (items.Next())
        {
            var type = JsonMembers.Find(items.Value, "type"u8);
            var function = JsonMembers.Find(items.Value, "function"u8);
            if (JsonText.Is(type, "custom"u8) || (function.IsEmpty && type.IsEmpty))
            {
                findings.Drop($"tools[{items.Index}]", "it takes functions, and tools of its own by their type");
                continue;
            }

            var name = JsonMembers.Find(function, "name"u8);
            if (!function.IsEmpty && !JsonText.IsText(name))
            {
                findings.Wrong($"tools[{items.Index}].function.name", $"`tools[{items.Index}].function.name` must be a string.");
                continue;
            }

            if (!function.IsEmpty && !choice.Allows(name)) continue;
            to.Json.Raw(any ? ","u8 : ",\"tools\":["u8);
            any = true;
            if (function.IsEmpty) to.Json.Raw(items.Value);
            else WriteFunction(ref to, items.Value, function, name, model, findings, items.Index);
        }

        if (any) to.Json.Byte((byte)']');
        return any;
    }

    private static void WriteFunction(
        ref BodyWriter to, ReadOnlySpan<byte> tool, ReadOnlySpan<byte> function, ReadOnlySpan<byte> name, ClaudeModel model, MapFindings findings, int index)
    {
        to.Json.Raw("{\"name\":"u8);
        to.Json.Raw(name);
        var description = JsonMembers.Find(function, "description"u8);
        if (JsonText.IsText(description))
        {
            to.Json.Raw(",\"description\":"u8);
            to.Json.Raw(description);
        }

        var isStrict = JsonMembers.Find(function, "strict"u8).SequenceEqual("true"u8);
        if (isStrict && !model.BindsToSchema)
        {
            findings.Drop($"tools[{index}].function.strict", "this model does not bind its calls to a schema");
            isStrict = false;
        }

        to.Json.Raw(",\"input_schema\":"u8);
        WriteSchema(ref to, JsonMembers.Find(function, "parameters"u8), isStrict);
        if (isStrict) to.Json.Raw(",\"strict\":true"u8);
        var cache = JsonMembers.Find(tool, "cache_control"u8);
        to.Breakpoint(cache.IsEmpty ? JsonMembers.Find(function, "cache_control"u8) : cache);
        to.Json.Byte((byte)'}');
    }

    /// <summary>The root of a tool's schema is an object.</summary>
    private static void WriteSchema(ref BodyWriter to, ReadOnlySpan<byte> schema, bool isStrict)
    {
        var members = new JsonMembers(schema);
        if (!members.Next())
        {
            to.Json.Raw(isStrict ? """{"type":"object","properties":{},"additionalProperties":false}"""u8 : NoParameters);
            return;
        }

        var type = JsonMembers.Find(schema, "type"u8);
        if (isStrict && !type.IsEmpty)
        {
            SchemaMap.Write(ref to.Json, schema);
        }
        else if (type.IsEmpty)
        {
            to.Json.Raw("{\"type\":\"object\","u8);
            to.Json.Raw(schema[1..]);
        }
        else
        {
            to.Json.Raw(schema);
        }
    }
}
