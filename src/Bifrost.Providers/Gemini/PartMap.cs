using Bifrost.Providers.Exchanges;
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
    /// <param name="model">What the model takes.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    public static void WriteContent(ref BodyWriter to, ReadOnlySpan<byte> content, string param, GeminiModel model, MapFindings findings)
    {
        if (JsonText.IsText(content))
        {
            if (!JsonText.Inner(content).IsEmpty) WriteText(ref to, content);
            return;
        }

        if (JsonText.IsObject(content)) WritePart(ref to, content, param, model, findings);
        var parts = new JsonItems(content);
        while (parts.Next()) WritePart(ref to, parts.Value, $"{param}[{parts.Index}]", model, findings);
    }

    private static void WritePart(ref BodyWriter to, ReadOnlySpan<byte> part, string param, GeminiModel model, MapFindings findings)
    {
        var text = ContentText.Of(part);
        if (JsonText.IsText(text))
        {
            if (!JsonText.Inner(text).IsEmpty) WriteText(ref to, text);
            return;
        }

        var media = MediaPart.Read(part, model);
        if (media.Fault is { } fault)
        {
            findings.Drop(param, fault);
            return;
        }

        to.Part();
        media.Write(ref to);
    }
}
