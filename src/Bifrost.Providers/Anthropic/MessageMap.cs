using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// The conversation. Instructions go to the top, whatever their place; neighbours of one side are one turn; the results of tools come first in
/// theirs.
/// </summary>
internal static class MessageMap
{
    /// <param name="to">Where to.</param>
    /// <param name="messages">The request's messages.</param>
    /// <param name="instruction">One more instruction as a JSON string; empty: none.</param>
    /// <param name="modelName">The model asked for.</param>
    /// <param name="model">What it takes.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    public static void Write(
        ref BodyWriter to, ReadOnlySpan<byte> messages, ReadOnlySpan<byte> instruction, string modelName, ClaudeModel model, MapFindings findings)
    {
        var places = MessagePlace.Of(messages, findings);
        WriteSystem(ref to, messages, places, instruction, findings);
        to.Json.Raw(",\"messages\":["u8);
        var last = places.FindLastIndex(place => place.Role != MessageRole.Instruction);
        if (last >= 0 && places[last].Role == MessageRole.Assistant && !model.Prefills)
            findings.Refuse($"messages[{last}]", "this model does not go on with an answer that was begun; the last message must be the user's or a tool's");
        for (var i = 0; i < places.Count;)
        {
            if (places[i].Role == MessageRole.Instruction)
            {
                i++;
                continue;
            }

            var ofAssistant = places[i].Role == MessageRole.Assistant;
            var end = i + 1;
            while (end < places.Count && (places[end].Role == MessageRole.Instruction || (places[end].Role == MessageRole.Assistant) == ofAssistant)) end++;
            to.Turn(ofAssistant);
            if (ofAssistant) WriteAssistant(ref to, messages, places, i, end, modelName, model, findings, isPrefill: end > last);
            else WriteUser(ref to, messages, places, i, end, findings);
            i = end;
        }

        to.EndTurns();
        to.Json.Byte((byte)']');
    }

    private static void WriteSystem(
        ref BodyWriter to, ReadOnlySpan<byte> messages, List<MessagePlace> places, ReadOnlySpan<byte> instruction, MapFindings findings)
    {
        var any = false;
        for (var i = 0; i < places.Count; i++)
        {
            if (places[i].Role != MessageRole.Instruction) continue;
            var message = places[i].In(messages);
            var content = JsonMembers.Find(message, "content"u8);
            var cache = JsonMembers.Find(message, "cache_control"u8);
            if (JsonText.IsText(content))
            {
                WriteText(ref to, content, cache, ref any);
                continue;
            }

            var last = JsonItems.Count(content) - 1;
            var parts = new JsonItems(content);
            while (parts.Next())
            {
                var text = ContentText.Of(parts.Value);
                if (!JsonText.IsText(text))
                {
                    findings.Drop($"messages[{i}].content[{parts.Index}]", "instructions hold text alone");
                    continue;
                }

                var own = JsonMembers.Find(parts.Value, "cache_control"u8);
                WriteText(ref to, text, own.IsEmpty && parts.Index == last ? cache : own, ref any);
            }
        }

        if (!instruction.IsEmpty) WriteText(ref to, instruction, default, ref any);
        if (any) to.Json.Byte((byte)']');
    }

    private static void WriteText(ref BodyWriter to, ReadOnlySpan<byte> text, ReadOnlySpan<byte> cache, ref bool any)
    {
        if (JsonText.IsBlank(text)) return;
        to.Json.Raw(any ? ","u8 : ",\"system\":["u8);
        any = true;
        PartMap.WriteText(ref to, text, cache);
    }

    private static void WriteUser(
        ref BodyWriter to, ReadOnlySpan<byte> messages, List<MessagePlace> places, int from, int end, MapFindings findings)
    {
        for (var i = from; i < end; i++)
            if (places[i].Role == MessageRole.Result) ResultMap.Write(ref to, places[i].In(messages), i, findings);
        for (var i = from; i < end; i++)
        {
            if (places[i].Role != MessageRole.User) continue;
            var message = places[i].In(messages);
            var content = JsonMembers.Find(message, "content"u8);
            PartMap.WriteContent(ref to, content, JsonMembers.Find(message, "cache_control"u8), $"messages[{i}].content", findings, asBlocks: true);
        }
    }

    private static void WriteAssistant(
        ref BodyWriter to,
        ReadOnlySpan<byte> messages,
        List<MessagePlace> places,
        int from,
        int end,
        string modelName,
        ClaudeModel model,
        MapFindings findings,
        bool isPrefill)
    {
        for (var i = from; i < end; i++)
        {
            if (places[i].Role != MessageRole.Assistant) continue;
            AssistantMap.Write(ref to, places[i].In(messages), i, modelName, model, findings, isPrefill && i == end - 1);
        }
    }
}
