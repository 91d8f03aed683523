using System.Text.Json;

namespace Bifrost.Simulator.Recording;

/// <summary>Writes a received call as JSON: <c>{request_id, method, path, headers: {name: [values]}, body}</c>, names in lower case.</summary>
internal static class RecordedCallWriter
{
    public static void Write(Utf8JsonWriter json, RecordedCall call)
    {
        json.WriteStartObject();
        json.WriteString("request_id"u8, call.RequestId);
        json.WriteString("method"u8, call.Method);
        json.WriteString("path"u8, call.Path);
        json.WriteStartObject("headers"u8);
        foreach (var (name, values) in call.Headers)
        {
            json.WriteStartArray(name.ToLowerInvariant());
            foreach (var value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }
        json.WriteEndObject();
        json.WriteString("body"u8, call.Body);
        json.WriteEndObject();
        json.Flush();
    }
}
