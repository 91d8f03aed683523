using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>
/// Names inside a message and inside a part of its content, by what they add (docs/promises.md): those of the request and those that clients
/// send back with an earlier answer. Every other one is unknown.
/// </summary>
internal static class MessageNames
{
    // The names that nearly every message has come first; content, tool_calls and function_call are read on their own.
    private static readonly (byte[] Name, NameUse Use)[] s_message = Table(
        (NameUse.Bytes, ["role", "name", "tool_call_id", "refusal", "reasoning_content", "reasoning", "thinking", "tool_plan", "tool_name",
            "cache_control", "prefix", "partial", "parsed", "id", "type", "status", "object", "end_turn", "weight"]),
        (NameUse.Echo, ["annotations", "reasoning_details", "thinking_blocks", "provider_specific_fields", "extra_content", "executed_tools", "citations"]),
        (NameUse.Reference, ["audio", "images", "image", "videos", "video"]));

    private static readonly (byte[] Name, NameUse Use)[] s_part = Table(
        (NameUse.Bytes, ["cache_control", "detail", "id", "index", "signature", "data", "format", "logprobs", "encrypted_content", "status",
            "title", "context", "fps"]),
        (NameUse.Text, ["text", "refusal", "thinking", "reasoning", "summary", "closed"]),
        (NameUse.Echo, ["annotations", "citations", "provider_specific_fields", "extra_content"]),
        (NameUse.Reference, ["file", "file_id", "file_ids", "source", "input_audio", "audio", "audio_url", "video", "video_url", "input_video", "document",
            "document_url", "image", "images", "image_file", "file_data", "file_url", "content", "document_name", "filename"]));

    private static readonly FrozenSet<string> s_refersInEcho = FrozenSet.ToFrozenSet(
        ["file", "file_id", "file_ids", "files", "file_path", "file_citation", "container_file_citation", "image_url", "image_urls", "images", "image",
            "input_image", "audio", "input_audio", "video", "video_url", "documents", "source", "inline_data", "file_data", "attachments", "hash",
            "continuation_token"],
        StringComparer.OrdinalIgnoreCase);

    private const int LongestInEcho = 32;

    /// <summary>A member of a message.</summary>
    public static NameUse Of(in Utf8JsonReader reader) => Find(s_message, reader);

    /// <summary>A member of a part.</summary>
    public static NameUse OfPart(in Utf8JsonReader reader) => Find(s_part, reader);

    /// <summary>Whether a name inside of what is sent back refers to a file, to media or to content by its id.</summary>
    public static bool RefersInEcho(in Utf8JsonReader reader)
    {
        Span<byte> plain = stackalloc byte[LongestInEcho];
        var length = FieldName.Decode(reader.ValueSpan, plain, out _);
        if (length < 0) return false;
        Span<char> name = stackalloc char[LongestInEcho];
        Encoding.ASCII.GetChars(plain[..length], name);
        return s_refersInEcho.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name[..length]);
    }

    private static NameUse Find((byte[] Name, NameUse Use)[] table, in Utf8JsonReader reader)
    {
        foreach (var (name, use) in table)
            if (FieldName.Is(reader, name)) return use;

        // Lenient upstreams take one case for another.
        foreach (var (name, use) in table)
            if (use == NameUse.Reference && FieldName.IsVariant(reader, name)) return use;
        return NameUse.Unknown;
    }

    private static (byte[] Name, NameUse Use)[] Table(params (NameUse Use, string[] Names)[] rows) =>
        [.. rows.SelectMany(row => row.Names.Select(name => (Encoding.UTF8.GetBytes(name), row.Use)))];
}
