using System.Buffers;
using System.Text.Json;

namespace Bifrost.Simulator.Requests;

/// <summary>Finds what the user said last, for the models that say it back.</summary>
internal static class LastUserMessage
{
    /// <param name="messages">The <c>messages</c> array as JSON, already known to be well formed.</param>
    /// <returns>Its text as UTF-8, the text parts of a list joined; empty when there is none.</returns>
    public static byte[] In(ReadOnlySpan<byte> messages)
    {
        byte[] last = [];
        var json = new Utf8JsonReader(messages);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
            if (TextIfUser(ref json) is { } text) last = text;
        return last;
    }

    private static byte[]? TextIfUser(ref Utf8JsonReader json)
    {
        var isUser = false;
        var text = new ArrayBufferWriter<byte>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isRole = json.ValueTextEquals("role"u8);
            var isContent = json.ValueTextEquals("content"u8);
            json.Read();
            if (isRole) isUser = json.TokenType == JsonTokenType.String && json.ValueTextEquals("user"u8);
            if (isContent) CopyContent(ref json, text);
            else json.Skip();
        }
        return isUser ? text.WrittenSpan.ToArray() : null;
    }

    private static void CopyContent(ref Utf8JsonReader json, ArrayBufferWriter<byte> to)
    {
        if (json.TokenType == JsonTokenType.String) Copy(ref json, to);
        if (json.TokenType != JsonTokenType.StartArray) return;
        var depth = json.CurrentDepth;
        while (json.Read() && json.CurrentDepth > depth)
        {
            if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != depth + 2 || !json.ValueTextEquals("text"u8)) continue;
            json.Read();
            if (json.TokenType == JsonTokenType.String) Copy(ref json, to);
        }
    }

    private static void Copy(ref Utf8JsonReader json, ArrayBufferWriter<byte> to) =>
        to.Advance(json.CopyString(to.GetSpan(json.ValueSpan.Length + 1)));
}
