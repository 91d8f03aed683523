using System.Buffers;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Gemini;

/// <summary>What tools answered: one turn right behind the calls, in their order, each by the name of its function.</summary>
internal static class ResultMap
{
    /// <param name="to">Where to.</param>
    /// <param name="messages">All messages.</param>
    /// <param name="places">Where each stands.</param>
    /// <param name="from">The first message that may be a result of the turn.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="about">What the request is mapped by.</param>
    public static void WriteAll(ref BodyWriter to, ReadOnlySpan<byte> messages, List<MessagePlace> places, int from, int end, RequestAbout about)
    {
        List<(int Order, int Index)>? results = null;
        for (var i = from; i < end; i++)
        {
            if (places[i].Role != MessageRole.Result) continue;
            var id = JsonMembers.Find(places[i].In(messages), "tool_call_id"u8);
            (results ??= []).Add((about.Calls.OrderOf(id) ?? int.MaxValue, i));
        }

        if (results is null) return;
        results.Sort();
        to.Begin(Turn.Results);
        foreach (var (order, index) in results) Write(ref to, messages, places[index].In(messages), order, index, about);
    }

    private static void Write(ref BodyWriter to, ReadOnlySpan<byte> messages, ReadOnlySpan<byte> message, int order, int index, RequestAbout about)
    {
        var name = order < int.MaxValue ? about.Calls.NameIn(messages, order) : JsonMembers.Find(message, "name"u8);
        if (!JsonText.IsText(name))
        {
            var param = $"messages[{index}].tool_call_id";
            about.Findings.Wrong(param, $"`{param}` must be the id of a call of the answer right before it: the name of its function is needed.");
            return;
        }

        var content = JsonMembers.Find(message, "content"u8);
        to.Part();
        to.Json.Raw("{\"functionResponse\":{"u8);
        AssistantMap.WriteId(ref to, JsonMembers.Find(message, "tool_call_id"u8), about.Place);
        to.Json.Raw("\"name\":"u8);
        about.Names.Write(ref to.Json, name);
        to.Json.Raw(",\"response\":"u8);
        WriteResponse(ref to, content);
        var holdsMedia = about.Model.NeedsSignatures;
        if (holdsMedia) WriteMedia(ref to, content, index, about, inside: true);
        to.Json.Raw("}}"u8);
        if (!holdsMedia) WriteMedia(ref to, content, index, about, inside: false);
    }

    /// <summary>An object: that of the text where it is one, else one that holds the text.</summary>
    private static void WriteResponse(ref BodyWriter to, ReadOnlySpan<byte> content)
    {
        var text = JsonText.IsText(content) ? content : OnlyText(content);
        if (!text.IsEmpty && JsonText.TryUnescape(text, out var rented, out var length))
        {
            var json = rented.AsSpan(0, length);
            var isObject = JsonText.IsWholeObject(json);
            if (isObject) to.Json.Raw(json);
            ArrayPool<byte>.Shared.Return(rented);
            if (isObject) return;
        }

        to.Json.Raw("{\"output\":\""u8);
        if (JsonText.IsText(content)) to.Json.Raw(JsonText.Inner(content));
        var parts = new JsonItems(content);
        while (parts.Next()) to.Json.Raw(JsonText.Inner(ContentText.Of(parts.Value)));
        to.Json.Raw("\"}"u8);
    }

    /// <summary>The text of a list with one part of text; empty for others.</summary>
    private static ReadOnlySpan<byte> OnlyText(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> only = default;
        var parts = new JsonItems(content);
        while (parts.Next())
        {
            var text = ContentText.Of(parts.Value);
            if (!JsonText.IsText(text)) continue;
            if (!only.IsEmpty) return default;
            only = text;
        }

        return only;
    }

    private static void WriteMedia(ref BodyWriter to, ReadOnlySpan<byte> content, int index, RequestAbout about, bool inside)
    {
        var any = false;
        var parts = new JsonItems(content);
        while (parts.Next())
        {
            if (JsonText.IsText(ContentText.Of(parts.Value))) continue;
            var media = MediaPart.Read(parts.Value, about);
            if (media.Fault is { } fault)
            {
                about.Findings.Drop($"messages[{index}].content[{parts.Index}]", fault);
                continue;
            }

            if (inside) to.Json.Raw(any ? ","u8 : ",\"parts\":["u8);
            else to.Part();
            any = true;
            media.Write(ref to);
        }

        if (inside && any) to.Json.Byte((byte)']');
    }
}
