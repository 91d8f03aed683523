using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Responses;

/// <summary>Writes tools flat, as responses have them.</summary>
internal static class ToolMap
{
    public static void WriteTools(ref JsonSink to, ReadOnlySpan<byte> tools)
    {
        to.Raw(",\"tools\":["u8);
        var items = new JsonItems(tools);
        while (items.Next())
        {
            if (items.Index > 0) to.Byte((byte)',');
            var type = JsonMembers.Find(items.Value, "type"u8);
            if (JsonText.Is(type, "function"u8)) WriteFunction(ref to, JsonMembers.Find(items.Value, "function"u8));
            else if (JsonText.Is(type, "custom"u8)) WriteCustom(ref to, JsonMembers.Find(items.Value, "custom"u8));
            else to.Raw(items.Value);
        }

        to.Byte((byte)']');
    }

    public static void WriteChoice(ref JsonSink to, ReadOnlySpan<byte> choice)
    {
        to.Raw(",\"tool_choice\":"u8);
        var allowed = JsonMembers.Find(JsonText.IsObject(choice) ? choice : default, "allowed_tools"u8);
        if (!allowed.IsEmpty)
        {
            to.Raw("{\"type\":\"allowed_tools\",\"mode\":"u8);
            to.Raw(JsonMembers.Find(allowed, "mode"u8) is { IsEmpty: false } mode ? mode : "\"auto\""u8);
            to.Raw(",\"tools\":["u8);
            var items = new JsonItems(JsonMembers.Find(allowed, "tools"u8));
            while (items.Next())
            {
                if (items.Index > 0) to.Byte((byte)',');
                WriteNamed(ref to, items.Value);
            }

            to.Raw("]}"u8);
            return;
        }

        if (JsonText.IsObject(choice)) WriteNamed(ref to, choice);
        else to.Raw(choice);
    }

    /// <summary>A tool by its name: <c>{type, function: {name}}</c> becomes <c>{type, name}</c>.</summary>
    private static void WriteNamed(ref JsonSink to, ReadOnlySpan<byte> tool)
    {
        var holder = JsonMembers.Find(tool, "function"u8);
        if (holder.IsEmpty) holder = JsonMembers.Find(tool, "custom"u8);
        var name = JsonMembers.Find(holder, "name"u8);
        if (name.IsEmpty)
        {
            to.Raw(tool);
            return;
        }

        to.Raw("{\"type\":"u8);
        to.Raw(JsonMembers.Find(tool, "type"u8));
        RequestMap.Member(ref to, "name"u8, name);
        to.Byte((byte)'}');
    }

    /// <summary>Whether a function is strict is always said: not saying it means no in a chat completion, and yes here.</summary>
    private static void WriteFunction(ref JsonSink to, ReadOnlySpan<byte> function)
    {
        to.Raw("{\"type\":\"function\""u8);
        var strict = "false"u8;
        var hasParameters = false;
        var members = new JsonMembers(function);
        while (members.Next())
        {
            if (members.IsNull) continue;
            if (members.Is("strict"u8)) strict = members.Value;
            else
            {
                hasParameters |= members.Is("parameters"u8);
                RequestMap.Member(ref to, members.RawName, members.Value);
            }
        }

        if (!hasParameters) to.Raw(",\"parameters\":{\"type\":\"object\",\"properties\":{}}"u8);
        RequestMap.Member(ref to, "strict"u8, strict);
        to.Byte((byte)'}');
    }

    private static void WriteCustom(ref JsonSink to, ReadOnlySpan<byte> custom)
    {
        to.Raw("{\"type\":\"custom\""u8);
        var members = new JsonMembers(custom);
        while (members.Next())
        {
            var grammar = members.Is("format"u8) ? JsonMembers.Find(members.Value, "grammar"u8) : default;
            if (grammar.IsEmpty)
            {
                RequestMap.Member(ref to, members.RawName, members.Value);
                continue;
            }

            to.Raw(",\"format\":{\"type\":\"grammar\""u8);
            var inner = new JsonMembers(grammar);
            while (inner.Next()) RequestMap.Member(ref to, inner.RawName, inner.Value);
            to.Byte((byte)'}');
        }

        to.Byte((byte)'}');
    }
}
