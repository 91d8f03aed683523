using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// Signatures that a client sends back of an earlier answer, in <c>reasoning_details</c>: of its calls by their ids, of its text, of its thinking. Each goes
/// back to the part that it came with, byte for byte; those of other providers are left out.
/// </summary>
internal sealed class SignatureBook
{
    private readonly Dictionary<string, (int Start, int Length)> _byCall = new(StringComparer.Ordinal);
    private (int Start, int Length) _ofText;
    private (int Start, int Length) _continuation;

    /// <summary>Names the entries of signatures, as other gateways do.</summary>
    public static ReadOnlySpan<byte> Format => "google-gemini-v1"u8;

    /// <summary>Names the entry of a token by which an answer that was too long for one request goes on.</summary>
    public static ReadOnlySpan<byte> ContinuationFormat => "google-gemini-continuation"u8;

    /// <summary>Holds that token. The prompt that it stands for has no size that the request tells.</summary>
    public static ReadOnlySpan<byte> ContinuationName => "continuation_token"u8;

    public static SignatureBook Read(ReadOnlySpan<byte> details)
    {
        var book = new SignatureBook();
        var items = new JsonItems(details);
        while (items.Next())
        {
            var entry = items.Value;
            if (!JsonText.Is(JsonMembers.Find(entry, "type"u8), "reasoning.encrypted"u8)) continue;
            var format = JsonMembers.Find(entry, "format"u8);
            var isContinuation = JsonText.Is(format, ContinuationFormat);
            if (!isContinuation && !JsonText.Is(format, Format)) continue;
            var data = JsonMembers.Find(entry, isContinuation ? ContinuationName : "data"u8);
            if (JsonText.Inner(data).IsEmpty) continue;
            entry.Overlaps(data, out var offset);
            var place = (items.Start + offset, data.Length);
            if (isContinuation) book._continuation = place;
            else if (JsonText.Read(JsonMembers.Find(entry, "id"u8)) is { } id) book._byCall[id] = place;
            else book._ofText = place;
        }

        return book;
    }

    /// <summary>The signature of a call, a JSON string; empty: it has none.</summary>
    /// <param name="details">The bytes that were read.</param>
    /// <param name="call">The call, which may bring its signature itself.</param>
    public ReadOnlySpan<byte> OfCall(ReadOnlySpan<byte> details, ReadOnlySpan<byte> call)
    {
        if (JsonText.Read(JsonMembers.Find(call, "id"u8)) is { } id && _byCall.TryGetValue(id, out var place)) return details.Slice(place.Start, place.Length);
        var extra = JsonMembers.Find(JsonMembers.Find(JsonMembers.Find(call, "extra_content"u8), "google"u8), "thought_signature"u8);
        return JsonText.Inner(extra).IsEmpty ? default : extra;
    }

    public ReadOnlySpan<byte> OfText(ReadOnlySpan<byte> details) => details.Slice(_ofText.Start, _ofText.Length);

    public ReadOnlySpan<byte> Continuation(ReadOnlySpan<byte> details) => details.Slice(_continuation.Start, _continuation.Length);

    /// <summary>Writes thinking that was signed as a part of its own.</summary>
    public static void WriteThoughts(ref BodyWriter to, ReadOnlySpan<byte> details)
    {
        var items = new JsonItems(details);
        while (items.Next())
        {
            var entry = items.Value;
            var signature = JsonMembers.Find(entry, "signature"u8);
            if (!JsonText.Is(JsonMembers.Find(entry, "format"u8), Format) || JsonText.Inner(signature).IsEmpty) continue;
            var text = JsonMembers.Find(entry, "text"u8);
            to.Part();
            to.Json.Raw("{\"text\":"u8);
            to.Json.Raw(JsonText.IsText(text) ? text : "\"\""u8);
            to.Json.Raw(",\"thought\":true,\"thoughtSignature\":"u8);
            to.Json.Raw(signature);
            to.Json.Byte((byte)'}');
        }
    }
}
