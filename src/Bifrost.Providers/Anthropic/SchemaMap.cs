using System.Text.Json;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>
/// A JSON schema in the subset that answers and strict tools are bound to: objects are closed, <c>oneOf</c> becomes <c>anyOf</c>, and what is not known
/// there is told to the model in the description.
/// </summary>
internal static class SchemaMap
{
    /// <summary>What a value of the schema holds.</summary>
    private enum Holds
    {
        /// <summary>Not in the subset.</summary>
        Words,

        /// <summary>A value that is no schema.</summary>
        Plain,
        Schema,
        SchemaList,
        SchemasByName,
    }

    public static void Write(ref JsonSink to, ReadOnlySpan<byte> schema)
    {
        if (!JsonText.IsObject(schema))
        {
            to.Raw(schema);
            return;
        }

        to.Byte((byte)'{');
        var isObject = false;
        var any = false;
        var others = false;
        ReadOnlySpan<byte> description = default;
        var members = new JsonMembers(schema);
        while (members.Next())
        {
            if (members.Is("description"u8))
            {
                description = members.Value;
                continue;
            }

            if (members.Is("additionalProperties"u8) || members.Is("$schema"u8)) continue;
            isObject |= members.Is("properties"u8) || (members.Is("type"u8) && SaysObject(members.Value));
            var holds = HoldsOf(members);
            if (holds == Holds.Words)
            {
                others = true;
                continue;
            }

            if (any) to.Byte((byte)',');
            any = true;
            to.Byte((byte)'"');
            to.Raw(members.Is("oneOf"u8) ? "anyOf"u8 : members.RawName);
            to.Raw("\":"u8);
            WriteValue(ref to, members.Value, holds);
        }

        if (isObject)
        {
            to.Raw(any ? ",\"additionalProperties\":false"u8 : "\"additionalProperties\":false"u8);
            any = true;
        }

        if (others || !description.IsEmpty) WriteDescription(ref to, schema, description, others, any);
        to.Byte((byte)'}');
    }

    private static void WriteValue(ref JsonSink to, ReadOnlySpan<byte> value, Holds holds)
    {
        switch (holds)
        {
            case Holds.Schema:
                Write(ref to, value);
                break;
            case Holds.SchemaList when JsonText.IsArray(value):
                to.Byte((byte)'[');
                var items = new JsonItems(value);
                while (items.Next())
                {
                    if (items.Index > 0) to.Byte((byte)',');
                    Write(ref to, items.Value);
                }

                to.Byte((byte)']');
                break;
            case Holds.SchemasByName when JsonText.IsObject(value):
                to.Byte((byte)'{');
                var members = new JsonMembers(value);
                for (var any = false; members.Next(); any = true)
                {
                    if (any) to.Byte((byte)',');
                    to.Byte((byte)'"');
                    to.Raw(members.RawName);
                    to.Raw("\":"u8);
                    Write(ref to, members.Value);
                }

                to.Byte((byte)'}');
                break;
            default:
                to.Raw(value);
                break;
        }
    }

    private static Holds HoldsOf(in JsonMembers member)
    {
        if (member.Is("type"u8) || member.Is("enum"u8) || member.Is("const"u8) || member.Is("$ref"u8) || member.Is("required"u8)
            || member.Is("title"u8) || member.Is("default"u8)) return Holds.Plain;
        if (member.Is("anyOf"u8) || member.Is("oneOf"u8) || member.Is("allOf"u8)) return Holds.SchemaList;
        if (member.Is("properties"u8) || member.Is("$defs"u8) || member.Is("definitions"u8)) return Holds.SchemasByName;
        if (member.Is("items"u8)) return JsonText.IsArray(member.Value) ? Holds.Words : Holds.Schema;
        if (member.Is("format"u8)) return IsKnownFormat(member.Value) ? Holds.Plain : Holds.Words;
        return member.Is("minItems"u8) && JsonText.Whole(member.Value) is 0 or 1 ? Holds.Plain : Holds.Words;
    }

    private static bool IsKnownFormat(ReadOnlySpan<byte> value) =>
        JsonText.Is(value, "date-time"u8) || JsonText.Is(value, "time"u8) || JsonText.Is(value, "date"u8) || JsonText.Is(value, "duration"u8)
        || JsonText.Is(value, "email"u8) || JsonText.Is(value, "hostname"u8) || JsonText.Is(value, "uri"u8) || JsonText.Is(value, "ipv4"u8)
        || JsonText.Is(value, "ipv6"u8) || JsonText.Is(value, "uuid"u8);

    private static bool SaysObject(ReadOnlySpan<byte> type)
    {
        if (JsonText.Is(type, "object"u8)) return true;
        var items = new JsonItems(type);
        while (items.Next())
            if (JsonText.Is(items.Value, "object"u8)) return true;
        return false;
    }

    /// <summary>The description, with what is not in the subset in braces behind it.</summary>
    private static void WriteDescription(ref JsonSink to, ReadOnlySpan<byte> schema, ReadOnlySpan<byte> description, bool others, bool any)
    {
        to.Raw(any ? ",\"description\":\""u8 : "\"description\":\""u8);
        to.Raw(JsonText.Inner(description));
        if (others)
        {
            to.Raw(JsonText.Inner(description).IsEmpty ? "{"u8 : "\\n\\n{"u8);
            var first = true;
            var members = new JsonMembers(schema);
            while (members.Next())
            {
                if (members.Is("description"u8) || members.Is("additionalProperties"u8) || members.Is("$schema"u8)) continue;
                if (HoldsOf(members) != Holds.Words) continue;
                if (!first) to.Raw(", "u8);
                first = false;
                to.Raw(members.RawName);
                to.Raw(": "u8);
                WriteEscaped(ref to, members.Value);
            }

            to.Byte((byte)'}');
        }

        to.Byte((byte)'"');
    }

    /// <summary>JSON inside of a string.</summary>
    private static void WriteEscaped(ref JsonSink to, ReadOnlySpan<byte> json)
    {
        var encoded = JsonEncodedText.Encode(json);
        to.Raw(encoded.EncodedUtf8Bytes);
    }
}
