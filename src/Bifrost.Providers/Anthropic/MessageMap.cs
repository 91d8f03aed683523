using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// The conversation. Instructions go to the top, whatever their place; neighbours of one side are one turn; the results of tools come first in
/// theirs.
/// </summary>
internal static class MessageMap
{
    private enum Role
    {
        Instruction,
        User,
        Result,
        Assistant,
    }

    /// <param name="to">Where to.</param>
    /// <param name="messages">The request's messages.</param>
    /// <param name="instruction">One more instruction as a JSON string; empty: none.</param>
    /// <param name="modelName">The model asked for.</param>
    /// <param name="model">What it takes.</param>
    /// <param name="findings">Where to put what cannot be done.</param>
    public static void Write(
        ref BodyWriter to, ReadOnlySpan<byte> messages, ReadOnlySpan<byte> instruction, string modelName, ClaudeModel model, MapFindings findings)
    {
        var places = PlacesOf(messages, findings);
        WriteSystem(ref to, messages, places, instruction, findings);
        to.Json.Raw(",\"messages\":["u8);
        var last = places.FindLastIndex(place => place.Role != Role.Instruction);
        if (last >= 0 && places[last].Role == Role.Assistant && !model.Prefills)
            findings.Refuse($"messages[{last}]", "this model does not go on with an answer that was begun; the last message must be the user's or a tool's");
        for (var i = 0; i < places.Count;)
        {
            if (places[i].Role == Role.Instruction)
            {
                i++;
                continue;
            }

            var ofAssistant = places[i].Role == Role.Assistant;
            var end = i + 1;
            while (end < places.Count && (places[end].Role == Role.Instruction || (places[end].Role == Role.Assistant) == ofAssistant)) end++;
            to.Turn(ofAssistant);
            if (ofAssistant) WriteAssistant(ref to, messages, places, i, end, modelName, model, findings, isPrefill: end > last);
            else WriteUser(ref to, messages, places, i, end, findings);
            i = end;
        }

        to.EndTurns();
        to.Json.Byte((byte)']');
    }

    private static List<(Role Role, int Start, int Length)> PlacesOf(ReadOnlySpan<byte> messages, MapFindings findings)
    {
        var places = new List<(Role Role, int Start, int Length)>();
        var items = new JsonItems(messages);
        while (items.Next())
        {
            var role = JsonMembers.Find(items.Value, "role"u8);
            Role? known = JsonText.Is(role, "user"u8) ? Role.User
                : JsonText.Is(role, "assistant"u8) ? Role.Assistant
                : JsonText.Is(role, "tool"u8) ? Role.Result
                : JsonText.Is(role, "system"u8) || JsonText.Is(role, "developer"u8) ? Role.Instruction
                : null;
            if (known is null) findings.Refuse($"messages[{items.Index}].role", "it knows the roles system, developer, user, assistant and tool");
            places.Add((known ?? Role.User, items.Start, items.Value.Length));
        }

        return places;
    }

    private static void WriteSystem(
        ref BodyWriter to, ReadOnlySpan<byte> messages, List<(Role Role, int Start, int Length)> places, ReadOnlySpan<byte> instruction, MapFindings findings)
    {
        var any = false;
        for (var i = 0; i < places.Count; i++)
        {
            if (places[i].Role != Role.Instruction) continue;
            var message = messages.Slice(places[i].Start, places[i].Length);
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
                var text = PartMap.TextOf(parts.Value);
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
        ref BodyWriter to, ReadOnlySpan<byte> messages, List<(Role Role, int Start, int Length)> places, int from, int end, MapFindings findings)
    {
        for (var i = from; i < end; i++)
            if (places[i].Role == Role.Result) ResultMap.Write(ref to, messages.Slice(places[i].Start, places[i].Length), i, findings);
        for (var i = from; i < end; i++)
        {
            if (places[i].Role != Role.User) continue;
            var message = messages.Slice(places[i].Start, places[i].Length);
            var content = JsonMembers.Find(message, "content"u8);
            PartMap.WriteContent(ref to, content, JsonMembers.Find(message, "cache_control"u8), $"messages[{i}].content", findings, asBlocks: true);
        }
    }

    private static void WriteAssistant(
        ref BodyWriter to,
        ReadOnlySpan<byte> messages,
        List<(Role Role, int Start, int Length)> places,
        int from,
        int end,
        string modelName,
        ClaudeModel model,
        MapFindings findings,
        bool isPrefill)
    {
        for (var i = from; i < end; i++)
        {
            if (places[i].Role != Role.Assistant) continue;
            AssistantMap.Write(ref to, messages.Slice(places[i].Start, places[i].Length), i, modelName, model, findings, isPrefill && i == end - 1);
        }
    }
}
