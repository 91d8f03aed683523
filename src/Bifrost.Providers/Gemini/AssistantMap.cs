using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Gemini;

/// <summary>An earlier answer: its signed thinking, its text, its calls, in this order.</summary>
internal static class AssistantMap
{
    /// <summary>What stands in place of a signature that nobody has: the answer came from another provider, or its client dropped it.</summary>
    private static ReadOnlySpan<byte> NoSignature => "\"skip_thought_signature_validator\""u8;

    /// <param name="to">Where to.</param>
    /// <param name="messages">All messages.</param>
    /// <param name="place">Where the answer stands among them.</param>
    /// <param name="index">Its number.</param>
    /// <param name="about">What the request is mapped by.</param>
    public static void Write(ref BodyWriter to, ReadOnlySpan<byte> messages, MessagePlace place, int index, RequestAbout about)
    {
        var message = place.In(messages);
        var details = about.Model.TakesSignatures ? JsonMembers.Find(message, "reasoning_details"u8) : default;
        var signatures = SignatureBook.Read(details);
        SignatureBook.WriteThoughts(ref to, details);
        var content = JsonMembers.Find(message, "content"u8);
        if (content.IsEmpty) content = JsonMembers.Find(message, "refusal"u8);
        WriteText(ref to, content, signatures.OfText(details), index, about.Findings);
        foreach (var lost in (ReadOnlySpan<string>)["function_call", "audio", "images"])
            if (!JsonText.IsNothing(JsonMembers.Find(message, System.Text.Encoding.UTF8.GetBytes(lost))))
                about.Findings.Drop($"messages[{index}].{lost}", "an earlier answer holds text and tool_calls alone");
        WriteCalls(ref to, messages, message, details, signatures, index, about);
    }

    private static void WriteText(ref BodyWriter to, ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature, int index, MapFindings findings)
    {
        if (JsonText.IsText(content) || content.IsEmpty)
        {
            WriteText(ref to, content, signature);
            return;
        }

        var last = JsonItems.Count(content) - 1;
        var parts = new JsonItems(content);
        while (parts.Next())
        {
            var text = ContentText.Of(parts.Value);
            if (JsonText.IsText(text)) WriteText(ref to, text, parts.Index == last ? signature : default);
            else findings.Drop($"messages[{index}].content[{parts.Index}]", "an earlier answer holds text and tool_calls alone");
        }
    }

    private static void WriteText(ref BodyWriter to, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        if (JsonText.Inner(text).IsEmpty && signature.IsEmpty) return;
        to.Part();
        to.Json.Raw("{\"text\":"u8);
        to.Json.Raw(text.IsEmpty ? "\"\""u8 : text);
        WriteSignature(ref to, signature);
        to.Json.Byte((byte)'}');
    }

    private static void WriteCalls(
        ref BodyWriter to,
        ReadOnlySpan<byte> messages,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> details,
        SignatureBook signatures,
        int index,
        RequestAbout about)
    {
        var isFirst = true;
        var items = new JsonItems(JsonMembers.Find(message, "tool_calls"u8));
        while (items.Next())
        {
            var call = items.Value;
            var function = JsonMembers.Find(call, "function"u8);
            var name = JsonMembers.Find(function, "name"u8);
            var param = $"messages[{index}].tool_calls[{items.Index}]";
            if (!JsonText.IsText(name))
            {
                about.Findings.Drop(param, "it knows calls of functions alone");
                continue;
            }

            var id = JsonMembers.Find(call, "id"u8);
            messages.Overlaps(name, out var nameStart);
            about.Calls.Add(id, nameStart, name.Length);
            to.Part();
            to.Json.Raw("{\"functionCall\":{"u8);
            WriteId(ref to, id, about.Place);
            to.Json.Raw("\"name\":"u8);
            about.Names.Write(ref to.Json, name);
            to.Json.Raw(",\"args\":"u8);
            CallArguments.Write(ref to.Json, JsonMembers.Find(function, "arguments"u8), param + ".function.arguments", about.Findings);
            to.Json.Byte((byte)'}');
            var signature = about.Model.TakesSignatures ? signatures.OfCall(details, call) : default;
            WriteSignature(ref to, signature.IsEmpty && isFirst && about.Model.NeedsSignatures ? NoSignature : signature);
            to.Json.Byte((byte)'}');
            isFirst = false;
        }
    }

    /// <summary>The id of a call with a comma behind it, unless it was made here.</summary>
    public static void WriteId(ref BodyWriter to, ReadOnlySpan<byte> id, GeminiPlace place)
    {
        var inner = JsonText.Inner(id);
        if (!place.TakesIds || inner.IsEmpty || CallIds.IsMade(inner)) return;
        to.Json.Raw("\"id\":"u8);
        to.Json.Raw(id);
        to.Json.Byte((byte)',');
    }

    private static void WriteSignature(ref BodyWriter to, ReadOnlySpan<byte> signature)
    {
        if (signature.IsEmpty) return;
        to.Json.Raw(",\"thoughtSignature\":"u8);
        to.Json.Raw(signature);
    }
}
