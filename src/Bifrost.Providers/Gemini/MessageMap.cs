using Bifrost.Providers.Json;
using Bifrost.Providers.Requests;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// The conversation. Instructions stand apart, whatever their place; neighbours of one side are one turn; results of tools have their own, right
/// behind the calls.
/// </summary>
internal static class MessageMap
{
    /// <summary>Writes the turns, and the instructions behind them.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="messages">The request's messages.</param>
    /// <param name="about">What the request is mapped by.</param>
    public static void Write(ref BodyWriter to, ReadOnlySpan<byte> messages, RequestAbout about)
    {
        var places = MessagePlace.Of(messages, about.Findings);
        var last = places.FindLastIndex(place => place.Role != MessageRole.Instruction);
        var continuation = ContinuationIn(messages, places, last, about.Model);
        if (!continuation.IsEmpty)
        {
            // What was written so far is not sent: the token stands for it.
            places.RemoveAt(last);
        }
        else if (last >= 0 && places[last].Role == MessageRole.Assistant && !about.Model.Prefills)
        {
            about.Findings.Refuse(
                $"messages[{last}]", "this model does not go on with an answer that was begun; the last message must be the user's or a tool's");
        }

        to.Json.Raw("{\"contents\":["u8);
        if (!about.Model.TakesInstructions)
        {
            to.Begin(Turn.User);
            WriteInstructions(ref to, messages, places, about);
        }

        WriteTurns(ref to, messages, places, about);
        to.EndTurns();
        to.Json.Byte((byte)']');
        if (about.Model.TakesInstructions && WriteInstructions(ref to, messages, places, about)) to.Json.Raw("]}"u8);
        if (continuation.IsEmpty) return;
        to.Json.Raw(",\"continuationToken\":"u8);
        to.Json.Raw(continuation);
    }

    private static void WriteTurns(ref BodyWriter to, ReadOnlySpan<byte> messages, List<MessagePlace> places, RequestAbout about)
    {
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
            if (ofAssistant)
            {
                about.Calls.Clear();
                to.Begin(Turn.Model);
                for (; i < end; i++)
                    if (places[i].Role == MessageRole.Assistant) AssistantMap.Write(ref to, messages, places[i], i, about);
            }
            else
            {
                ResultMap.WriteAll(ref to, messages, places, i, end, about);
                to.Begin(Turn.User);
                for (; i < end; i++)
                {
                    if (places[i].Role != MessageRole.User) continue;
                    var content = JsonMembers.Find(places[i].In(messages), "content"u8);
                    PartMap.WriteContent(ref to, content, $"messages[{i}].content", about);
                }
            }
        }
    }

    /// <summary>The token by which the last answer goes on; empty: there is none.</summary>
    private static ReadOnlySpan<byte> ContinuationIn(ReadOnlySpan<byte> messages, List<MessagePlace> places, int last, GeminiModel model)
    {
        if (last < 0 || places[last].Role != MessageRole.Assistant || !model.Continues) return default;
        var details = JsonMembers.Find(places[last].In(messages), "reasoning_details"u8);
        return SignatureBook.Read(details).Continuation(details);
    }

    /// <summary>Answers whether any was written.</summary>
    private static bool WriteInstructions(ref BodyWriter to, ReadOnlySpan<byte> messages, List<MessagePlace> places, RequestAbout about)
    {
        var any = false;
        for (var i = 0; i < places.Count; i++)
        {
            if (places[i].Role != MessageRole.Instruction) continue;
            var content = JsonMembers.Find(places[i].In(messages), "content"u8);
            if (JsonText.IsText(content)) WriteInstruction(ref to, content, about.Model, ref any);
            var parts = new JsonItems(content);
            while (parts.Next())
            {
                var text = ContentText.Of(parts.Value);
                if (JsonText.IsText(text)) WriteInstruction(ref to, text, about.Model, ref any);
                else about.Findings.Drop($"messages[{i}].content[{parts.Index}]", "instructions hold text alone");
            }
        }

        return any;
    }

    private static void WriteInstruction(ref BodyWriter to, ReadOnlySpan<byte> text, GeminiModel model, ref bool any)
    {
        if (JsonText.Inner(text).IsEmpty) return;
        if (!model.TakesInstructions)
        {
            PartMap.WriteText(ref to, text);
            return;
        }

        to.Json.Raw(any ? ",{\"text\":"u8 : ",\"systemInstruction\":{\"parts\":[{\"text\":"u8);
        any = true;
        to.Json.Raw(text);
        to.Json.Byte((byte)'}');
    }
}
