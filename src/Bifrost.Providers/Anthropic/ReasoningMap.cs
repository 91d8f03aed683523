using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// Thinking that a client sends back in <c>reasoning_details</c>, byte for byte as it was given: its signature holds for nothing else. What has no
/// signature, comes from another provider, or from a model whose thinking this one does not take, is left out.
/// </summary>
internal static class ReasoningMap
{
    /// <summary>Names the entries as Anthropic's.</summary>
    public static ReadOnlySpan<byte> Format => "anthropic-claude-v1"u8;

    public static void Write(ref BodyWriter to, ReadOnlySpan<byte> details, string modelName, ClaudeModel model)
    {
        // Where the text of a signature to come stands, for clients that kept the pieces of a stream apart.
        List<(int Start, int Length)>? pieces = null;
        ReadOnlySpan<byte> pieceOf = default;
        var items = new JsonItems(details);
        while (items.Next())
        {
            var entry = items.Value;
            if (!IsOurs(entry, modelName, model)) continue;
            var type = JsonMembers.Find(entry, "type"u8);
            var data = JsonMembers.Find(entry, "data"u8);
            if (JsonText.Is(type, "reasoning.encrypted"u8))
            {
                pieces?.Clear();
                if (!JsonText.IsText(data)) continue;
                to.Block();
                to.Json.Raw("{\"type\":\"redacted_thinking\",\"data\":"u8);
                to.Json.Raw(data);
                to.Json.Byte((byte)'}');
                continue;
            }

            if (!JsonText.Is(type, "reasoning.text"u8)) continue;
            var text = JsonMembers.Find(entry, "text"u8);
            var signature = JsonMembers.Find(entry, "signature"u8);
            var index = JsonMembers.Find(entry, "index"u8);
            if (!index.SequenceEqual(pieceOf)) pieces?.Clear();
            pieceOf = index;
            if (JsonText.Inner(signature).IsEmpty)
            {
                var at = text.IsEmpty ? 0 : items.Start + OffsetOf(entry, text) + 1;
                if (!JsonText.Inner(text).IsEmpty) (pieces ??= []).Add((at, text.Length - 2));
                continue;
            }

            to.Block();
            to.Json.Raw("{\"type\":\"thinking\",\"thinking\":\""u8);
            foreach (var (start, length) in pieces ?? []) to.Json.Raw(details.Slice(start, length));
            to.Json.Raw(JsonText.Inner(text));
            to.Json.Raw("\",\"signature\":"u8);
            to.Json.Raw(signature);
            to.Json.Byte((byte)'}');
            pieces?.Clear();
        }
    }

    private static bool IsOurs(ReadOnlySpan<byte> entry, string modelName, ClaudeModel model)
    {
        var format = JsonMembers.Find(entry, "format"u8);
        if (!format.IsEmpty && !JsonText.Is(format, Format)) return false;
        if (format.IsEmpty && !JsonText.Is(JsonMembers.Find(entry, "type"u8), "reasoning.text"u8)) return false;
        if (!model.OwnThinkingOnly || JsonText.Read(JsonMembers.Find(entry, "model"u8)) is not { } from) return true;

        // An alias answers by the name of its dated snapshot.
        return from.StartsWith(modelName, StringComparison.Ordinal) || modelName.StartsWith(from, StringComparison.Ordinal);
    }

    private static int OffsetOf(ReadOnlySpan<byte> outer, ReadOnlySpan<byte> inner)
    {
        outer.Overlaps(inner, out var offset);
        return offset;
    }
}
