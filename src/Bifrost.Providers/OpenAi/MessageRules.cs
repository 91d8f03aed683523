using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.OpenAi;

/// <summary>Writes the messages of a request by the rules of a provider.</summary>
internal static class MessageRules
{
    /// <summary>Under which names clients send reasoning back, in the order in which they are looked for.</summary>
    private static readonly string[] s_reasoning = ["reasoning_content", "reasoning"];

    public static bool MayDiffer(RequestRules rules) =>
        rules.MessageFields is not null || rules.ReasoningField is not null || rules.DeveloperIsSystem || rules.CallIdLength > 0;

    /// <summary>True where what was written is something else than what stood there.</summary>
    public static bool Write(ref JsonSink to, ReadOnlySpan<byte> messages, RequestRules rules)
    {
        var isOther = false;
        var isDue = rules.ReasoningIsDue && HasCalls(messages);
        var items = new JsonItems(messages);
        to.Byte((byte)'[');
        while (items.Next())
        {
            if (items.Index > 0) to.Byte((byte)',');
            if (JsonText.IsObject(items.Value)) isOther |= WriteOne(ref to, items.Value, rules, isDue);
            else to.Raw(items.Value);
        }

        to.Byte((byte)']');
        return isOther;
    }

    private static bool HasCalls(ReadOnlySpan<byte> messages)
    {
        var items = new JsonItems(messages);
        while (items.Next())
            if (JsonText.IsArray(JsonMembers.Find(items.Value, "tool_calls"u8))) return true;
        return false;
    }

    private static bool WriteOne(ref JsonSink to, ReadOnlySpan<byte> message, RequestRules rules, bool isDue)
    {
        var isOther = false;
        var role = JsonMembers.Find(message, "role"u8);
        var isAssistant = JsonText.Is(role, "assistant"u8);
        var separator = (byte)'{';
        var members = new JsonMembers(message);
        while (members.Next())
        {
            var value = members.Value;
            var name = Encoding.UTF8.GetString(members.RawName);
            var isReasoning = rules.ReasoningField is not null && s_reasoning.Contains(name);
            var isCalls = name == "tool_calls";

            // Calls belong to an assistant's message; on another one they are refused.
            if (isReasoning || (rules.MessageFields is { } known && (!known.Contains(name) || (isCalls && !isAssistant))))
            {
                isOther |= !(isReasoning && name == rules.ReasoningField);
                continue;
            }

            to.Byte(separator);
            separator = (byte)',';
            to.Byte((byte)'"');
            to.Raw(members.RawName);
            to.Raw("\":"u8);
            if (name == "role" && rules.DeveloperIsSystem && JsonText.Is(value, "developer"u8))
            {
                isOther = true;
                to.Raw("\"system\""u8);
            }
            else if (name == "tool_call_id" && rules.CallIdLength > 0) isOther |= WriteId(ref to, value, rules.CallIdLength);
            else if (isCalls && rules.CallIdLength > 0) isOther |= WriteCalls(ref to, value, rules.CallIdLength);
            else to.Raw(value);
        }

        if (isAssistant && rules.ReasoningField is { } field)
        {
            var reasoning = ReasoningOf(message);
            if (!reasoning.IsEmpty || isDue)
            {
                isOther |= reasoning.IsEmpty;
                to.Byte(separator);
                separator = (byte)',';
                to.Quoted(field);
                to.Byte((byte)':');
                to.Raw(reasoning.IsEmpty ? "\"\""u8 : reasoning);
            }
        }

        to.Raw(separator == (byte)'{' ? "{}"u8 : "}"u8);
        return isOther;
    }

    /// <summary>The reasoning that a client sends back, in whichever field it does.</summary>
    private static ReadOnlySpan<byte> ReasoningOf(ReadOnlySpan<byte> message)
    {
        foreach (var name in s_reasoning)
            if (JsonMembers.Find(message, Encoding.UTF8.GetBytes(name)) is { IsEmpty: false } found && JsonText.IsText(found)) return found;
        return default;
    }

    private static bool WriteCalls(ref JsonSink to, ReadOnlySpan<byte> calls, int length)
    {
        var isOther = false;
        var items = new JsonItems(calls);
        to.Byte((byte)'[');
        while (items.Next())
        {
            if (items.Index > 0) to.Byte((byte)',');
            var id = JsonMembers.Find(items.Value, "id"u8);
            if (!JsonText.IsText(id) || !items.Value.Overlaps(id, out var at))
            {
                to.Raw(items.Value);
                continue;
            }

            to.Raw(items.Value[..at]);
            isOther |= WriteId(ref to, id, length);
            to.Raw(items.Value[(at + id.Length)..]);
        }

        to.Byte((byte)']');
        return isOther;
    }

    /// <summary>An id of letters and digits: its own where it is one, else one that follows from it, the same in a call and its result.</summary>
    private static bool WriteId(ref JsonSink to, ReadOnlySpan<byte> id, int length)
    {
        var inner = JsonText.Inner(id);
        if (!JsonText.IsText(id) || (inner.Length == length && IsPlain(inner)))
        {
            to.Raw(id);
            return false;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(inner, hash);
        Span<byte> text = stackalloc byte[Base64.GetMaxEncodedToUtf8Length(SHA256.HashSizeInBytes)];
        Base64.EncodeToUtf8(hash, text, out _, out _);
        to.Byte((byte)'"');
        foreach (var one in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)one)) continue;
            to.Byte(one);
            if (--length == 0) break;
        }

        to.Byte((byte)'"');
        return true;
    }

    private static bool IsPlain(ReadOnlySpan<byte> text)
    {
        foreach (var one in text)
            if (!char.IsAsciiLetterOrDigit((char)one)) return false;
        return true;
    }
}
