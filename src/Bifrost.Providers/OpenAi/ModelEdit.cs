using System.Buffers;
using System.Text.Encodings.Web;
using Bifrost.Calls.Contracts;
using Bifrost.Chat.Edits;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.OpenAi;

/// <summary>Writes a request that names its model otherwise.</summary>
internal static class ModelEdit
{
    /// <summary>The body with its edits, and with this model in place of the one that they name.</summary>
    public static ReadOnlyMemory<byte> Rename(ProviderCall call, string model)
    {
        var edits = call.Edits.AsSpan();
        var sent = new ArrayBufferWriter<byte>(EditWriter.LengthOf(call.Body.Length, edits));
        EditWriter.Write(sent, call.Body.Span, edits);
        var body = sent.WrittenMemory;
        var members = new JsonMembers(body.Span);
        while (members.Next())
        {
            if (!members.Is("model"u8)) continue;
            body.Span.Overlaps(members.Value, out var at);
            var name = System.Text.Encoding.UTF8.GetBytes($"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(model)}\"");
            return (byte[])[.. body.Span[..at], .. name, .. body.Span[(at + members.Value.Length)..]];
        }

        return body;
    }
}
