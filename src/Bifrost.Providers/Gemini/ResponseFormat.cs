using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What <c>response_format</c> becomes: a media type of the answer, and the schema that it is bound to.</summary>
internal static class ResponseFormat
{
    public static void Write(
        ref BodyWriter to, ref bool any, ReadOnlySpan<byte> format, bool hasFunctions, GeminiModel model, MapFindings findings)
    {
        const string Param = "response_format";
        if (format.IsEmpty) return;
        var type = JsonMembers.Find(format, "type"u8);
        var isBound = JsonText.Is(type, "json_schema"u8);
        if (JsonText.Is(type, "text"u8)) return;
        if (!isBound && !JsonText.Is(type, "json_object"u8))
        {
            findings.Drop(Param, "it knows text, json_object and json_schema");
            return;
        }

        if (hasFunctions && !model.CombinesTools)
        {
            findings.Drop(Param, "this model takes functions or an answer in JSON, not both");
            return;
        }

        var schema = JsonMembers.Find(JsonMembers.Find(format, "json_schema"u8), "schema"u8);
        if (isBound && !JsonText.IsObject(schema))
        {
            findings.Wrong($"{Param}.json_schema.schema", $"`{Param}.json_schema.schema` must be an object.");
            return;
        }

        to.Member(ref any, "responseMimeType"u8);
        to.Json.Raw("\"application/json\""u8);
        if (!isBound) return;
        to.Member(ref any, model.TakesJsonSchema ? "responseJsonSchema"u8 : "responseSchema"u8);
        SchemaMap.Write(ref to.Json, schema, model.TakesJsonSchema, $"{Param}.json_schema.schema", findings);
    }
}
