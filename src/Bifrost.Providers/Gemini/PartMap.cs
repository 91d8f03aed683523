using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Gemini;

/// <summary>Content: a text, or parts of text and media.</summary>
internal static class PartMap
{
    public static void WriteText(ref BodyWriter to, ReadOnlySpan<byte> text)
    {
        to.Part();
        to.Json.Raw("{\"text\":"u8);
        to.Json.Raw(text);
        to.Json.Byte((byte)'}');
    }

    /// <summary>A user's content.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="content">A string, a list of parts, one part, or nothing.</param>
    /// <param name="param">The content's name in messages.</param>
    /// <param name="about">What the request is mapped by.</param>
    public static void WriteContent(ref BodyWriter to, ReadOnlySpan<byte> content, string param, RequestAbout about)
    {
        if (JsonText.IsText(content))
        {
            if (!JsonText.Inner(content).IsEmpty) WriteText(ref to, content);
            return;
        }

        if (JsonText.IsObject(content)) WritePart(ref to, content, param, about);
        var parts = new JsonItems(content);
        while (parts.Next()) WritePart(ref to, parts.Value, $"{param}[{parts.Index}]", about);
    }

    private static void WritePart(ref BodyWriter to, ReadOnlySpan<byte> part, string param, RequestAbout about)
    {
        var text = ContentText.Of(part);
        if (JsonText.IsText(text))
        {
            if (!JsonText.Inner(text).IsEmpty) WriteText(ref to, text);
            return;
        }

        var media = MediaPart.Read(part, about);
        if (media.Fault is { } fault)
        {
            about.Findings.Drop(param, fault);
            return;
        }

        to.Part();
        media.Write(ref to);
    }
}
