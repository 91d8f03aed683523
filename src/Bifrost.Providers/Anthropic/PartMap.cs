using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Anthropic;

/// <summary>Content: a text, or parts of text, images and documents.</summary>
internal static class PartMap
{
    public static void WriteText(ref BodyWriter to, ReadOnlySpan<byte> text, ReadOnlySpan<byte> cache)
    {
        to.Json.Raw("{\"type\":\"text\",\"text\":"u8);
        to.Json.Raw(text);
        to.Breakpoint(cache);
        to.Json.Byte((byte)'}');
    }

    /// <summary>Whether a list has a part that is written.</summary>
    public static bool HasAny(ReadOnlySpan<byte> parts)
    {
        var items = new JsonItems(parts);
        while (items.Next())
        {
            var text = ContentText.Of(items.Value);
            if (text.IsEmpty || !JsonText.IsBlank(text)) return true;
        }

        return false;
    }

    /// <summary>A user's content, or that of a tool's result.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="content">A string, a list of parts, or nothing.</param>
    /// <param name="cache">The breakpoint of the whole message: it belongs to the last part.</param>
    /// <param name="param">The content's name in messages.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    /// <param name="asBlocks">Whether the parts are blocks of the turn; else they are items of a list.</param>
    public static void WriteContent(
        ref BodyWriter to, ReadOnlySpan<byte> content, ReadOnlySpan<byte> cache, string param, MapFindings findings, bool asBlocks)
    {
        if (JsonText.IsText(content))
        {
            if (JsonText.IsBlank(content)) return;
            to.Block();
            WriteText(ref to, content, cache);
            return;
        }

        var isOne = JsonText.IsObject(content);
        var last = isOne ? 0 : JsonItems.Count(content) - 1;
        var any = false;
        var parts = new JsonItems(isOne ? default : content);
        for (var i = 0; isOne ? i == 0 : parts.Next(); i++)
        {
            var part = isOne ? content : parts.Value;
            var text = ContentText.Of(part);
            if (JsonText.IsText(text) && JsonText.IsBlank(text)) continue;
            var source = text.IsEmpty ? MediaPart.Read(part) : default;
            if (text.IsEmpty && source.Fault is { } fault)
            {
                findings.Drop(isOne ? param : $"{param}[{i}]", fault);
                continue;
            }

            if (asBlocks) to.Block();
            else if (any) to.Json.Byte((byte)',');
            any = true;
            var own = JsonMembers.Find(part, "cache_control"u8);
            var breakpoint = own.IsEmpty && i == last ? cache : own;
            if (text.IsEmpty) source.Write(ref to, part, breakpoint);
            else WriteText(ref to, text, breakpoint);
        }
    }
}
