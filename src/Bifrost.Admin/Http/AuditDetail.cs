using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Bifrost.Admin.Http;

/// <summary>The JSON of an audit entry's detail.</summary>
internal static class AuditDetail
{
    public static string Write(Action<Utf8JsonWriter> members)
    {
        var text = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Which fields a call sent; not their values.</summary>
    public static void WriteFields(Utf8JsonWriter json, JsonElement body)
    {
        json.WriteStartArray("fields"u8);
        foreach (var field in body.EnumerateObject()) json.WriteStringValue(field.Name);
        json.WriteEndArray();
    }
}
