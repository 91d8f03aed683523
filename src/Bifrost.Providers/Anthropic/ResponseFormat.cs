using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>What <c>response_format</c> becomes: a schema that the answer is bound to, or an instruction.</summary>
internal static class ResponseFormat
{
    /// <summary>
    /// There is no mode for any JSON object. The words stay below what the bound of a call has for the request beside its bytes.
    /// </summary>
    private static ReadOnlySpan<byte> JsonOnly => "\"Answer with one JSON object and nothing else.\""u8;

    /// <summary>The schema that the answer is bound to; empty when there is none.</summary>
    public static ReadOnlySpan<byte> SchemaOf(ReadOnlySpan<byte> format, ClaudeModel model, MapFindings findings)
    {
        if (format.IsEmpty) return default;
        var type = JsonMembers.Find(format, "type"u8);
        if (JsonText.Is(type, "text"u8) || JsonText.Is(type, "json_object"u8)) return default;
        var schema = JsonMembers.Find(JsonMembers.Find(format, "json_schema"u8), "schema"u8);
        if (!JsonText.Is(type, "json_schema"u8)) findings.Drop("response_format", "it knows text, json_object and json_schema");
        else if (!model.BindsToSchema) findings.Drop("response_format", "this model does not bind its answer to a schema");
        else if (!JsonText.IsObject(schema)) findings.Wrong("response_format.json_schema.schema", "`response_format.json_schema.schema` must be an object.");
        else return schema;
        return default;
    }

    /// <summary>What is said to the model, as a JSON string; empty when nothing is.</summary>
    public static ReadOnlySpan<byte> Instruction(ReadOnlySpan<byte> format) =>
        JsonText.Is(JsonMembers.Find(format, "type"u8), "json_object"u8) ? JsonOnly : default;
}
