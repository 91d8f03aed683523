using System.Text;
using System.Text.Json;
using Bifrost.Chat.Json;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// A JSON schema in the subset of OpenAPI that older models take: references are written out, types with null are nullable, <c>oneOf</c> becomes
/// <c>anyOf</c>, the parts of an <c>allOf</c> are joined, and what is not known there is told to the model in the description.
/// </summary>
internal ref struct OldSchemaMap
{
    private const int DepthMax = 32;

    /// <summary>A schema that is written out grows to so many times its length at most: a call was admitted with no more.</summary>
    private const int GrowthMax = 2;

    private readonly ReadOnlySpan<byte> _root;
    private readonly string _param;
    private readonly MapFindings _findings;
    private int _bytesLeft;

    private OldSchemaMap(ReadOnlySpan<byte> root, string param, MapFindings findings)
    {
        _root = root;
        (_param, _findings, _bytesLeft) = (param, findings, root.Length * GrowthMax);
    }

    public static void Write(ref JsonSink to, ReadOnlySpan<byte> schema, string param, MapFindings findings) =>
        new OldSchemaMap(schema, param, findings).Write(ref to, schema, depth: 0);

    private void Write(ref JsonSink to, ReadOnlySpan<byte> schema, int depth)
    {
        schema = Resolve(schema, ref depth);
        if (depth > DepthMax || _bytesLeft < 0)
        {
            _findings.Refuse(_param, "this model takes no references, and written out they have no end or are too long");
            to.Raw("{}"u8);
            return;
        }

        to.Byte((byte)'{');
        var any = false;
        var words = false;
        ReadOnlySpan<byte> choices = default;
        var members = new JsonMembers(schema);
        while (members.Next())
        {
            if (members.Is("anyOf"u8) || members.Is("oneOf"u8)) choices = members.Value;
            else if (members.Is("description"u8) || IsPassedOver(members)) continue;
            else if (members.Is("type"u8)) WriteType(ref to, members.Value, ref any);
            else if (members.Is("const"u8) && members.IsText)
            {
                Name(ref to, "enum"u8, ref any);
                to.Byte((byte)'[');
                to.Raw(members.Value);
                to.Byte((byte)']');
            }
            else if (members.Is("items"u8) && JsonText.IsObject(members.Value))
            {
                Name(ref to, "items"u8, ref any);
                Write(ref to, members.Value, depth + 1);
            }
            else if (IsPlain(members))
            {
                Name(ref to, members.RawName, ref any);
                to.Raw(members.Value);
            }
            else words |= !members.Is("properties"u8) && !members.Is("required"u8) && !members.Is("allOf"u8);
        }

        WriteProperties(ref to, schema, depth, ref any);
        WriteRequired(ref to, schema, ref any);
        if (!choices.IsEmpty) WriteChoices(ref to, choices, depth, ref any);
        WriteDescription(ref to, schema, words, ref any);
        to.Byte((byte)'}');
    }

    /// <summary>Follows references, one to the next.</summary>
    private ReadOnlySpan<byte> Resolve(ReadOnlySpan<byte> schema, scoped ref int depth)
    {
        while (JsonText.Read(JsonMembers.Find(schema, "$ref"u8)) is { } reference && depth <= DepthMax)
        {
            depth++;
            var found = _root;
            foreach (var part in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                var name = part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
                found = JsonMembers.Find(found, Encoding.UTF8.GetBytes(name));
            }

            schema = found;
            _bytesLeft -= schema.Length;
        }

        return schema;
    }

    private static void WriteType(ref JsonSink to, ReadOnlySpan<byte> type, ref bool any)
    {
        if (!JsonText.IsArray(type))
        {
            Name(ref to, "type"u8, ref any);
            to.Raw(type);
            return;
        }

        var isNullable = false;
        ReadOnlySpan<byte> one = default;
        var count = 0;
        var items = new JsonItems(type);
        while (items.Next())
        {
            if (JsonText.Is(items.Value, "null"u8)) isNullable = true;
            else
            {
                one = items.Value;
                count++;
            }
        }

        if (count == 1)
        {
            Name(ref to, "type"u8, ref any);
            to.Raw(one);
        }
        else if (count > 1)
        {
            Name(ref to, "anyOf"u8, ref any);
            to.Byte((byte)'[');
            var first = true;
            items = new JsonItems(type);
            while (items.Next())
            {
                if (JsonText.Is(items.Value, "null"u8)) continue;
                to.Raw(first ? "{\"type\":"u8 : ",{\"type\":"u8);
                first = false;
                to.Raw(items.Value);
                to.Byte((byte)'}');
            }

            to.Byte((byte)']');
        }

        if (!isNullable) return;
        Name(ref to, "nullable"u8, ref any);
        to.Raw("true"u8);
    }

    private void WriteProperties(ref JsonSink to, ReadOnlySpan<byte> schema, int depth, ref bool any)
    {
        var has = false;
        WriteProperties(ref to, JsonMembers.Find(schema, "properties"u8), depth, ref has, ref any);
        var parts = new JsonItems(JsonMembers.Find(schema, "allOf"u8));
        while (parts.Next())
        {
            var below = depth;
            WriteProperties(ref to, JsonMembers.Find(Resolve(parts.Value, ref below), "properties"u8), below, ref has, ref any);
        }

        if (has) to.Byte((byte)'}');
    }

    private void WriteProperties(ref JsonSink to, ReadOnlySpan<byte> properties, int depth, ref bool has, ref bool any)
    {
        var members = new JsonMembers(properties);
        while (members.Next())
        {
            if (has) to.Byte((byte)',');
            else
            {
                Name(ref to, "properties"u8, ref any);
                to.Byte((byte)'{');
            }

            has = true;
            to.Byte((byte)'"');
            to.Raw(members.RawName);
            to.Raw("\":"u8);
            Write(ref to, members.Value, depth + 1);
        }
    }

    private void WriteRequired(ref JsonSink to, ReadOnlySpan<byte> schema, ref bool any)
    {
        var has = false;
        WriteItems(ref to, JsonMembers.Find(schema, "required"u8), ref has, ref any);
        var parts = new JsonItems(JsonMembers.Find(schema, "allOf"u8));
        while (parts.Next())
        {
            var below = 0;
            WriteItems(ref to, JsonMembers.Find(Resolve(parts.Value, ref below), "required"u8), ref has, ref any);
        }

        if (has) to.Byte((byte)']');
    }

    private static void WriteItems(ref JsonSink to, ReadOnlySpan<byte> required, ref bool has, ref bool any)
    {
        var items = new JsonItems(required);
        while (items.Next())
        {
            if (has) to.Byte((byte)',');
            else
            {
                Name(ref to, "required"u8, ref any);
                to.Byte((byte)'[');
            }

            has = true;
            to.Raw(items.Value);
        }
    }

    private void WriteChoices(ref JsonSink to, ReadOnlySpan<byte> choices, int depth, ref bool any)
    {
        var isNullable = false;
        Name(ref to, "anyOf"u8, ref any);
        to.Byte((byte)'[');
        var first = true;
        var items = new JsonItems(choices);
        while (items.Next())
        {
            if (JsonText.Is(JsonMembers.Find(items.Value, "type"u8), "null"u8))
            {
                isNullable = true;
                continue;
            }

            if (!first) to.Byte((byte)',');
            first = false;
            Write(ref to, items.Value, depth + 1);
        }

        to.Raw(isNullable ? "],\"nullable\":true"u8 : "]"u8);
    }

    /// <summary>The description, with what is not in the subset in braces behind it.</summary>
    private static void WriteDescription(ref JsonSink to, ReadOnlySpan<byte> schema, bool words, ref bool any)
    {
        var description = JsonText.Inner(JsonMembers.Find(schema, "description"u8));
        if (description.IsEmpty && !words) return;
        Name(ref to, "description"u8, ref any);
        to.Byte((byte)'"');
        to.Raw(description);
        if (words)
        {
            to.Raw(description.IsEmpty ? "{"u8 : " {"u8);
            var first = true;
            var members = new JsonMembers(schema);
            while (members.Next())
            {
                if (!IsWords(members)) continue;
                if (!first) to.Raw(", "u8);
                first = false;
                to.Raw(members.RawName);
                to.Raw(": "u8);
                to.Raw(JsonEncodedText.Encode(members.Value).EncodedUtf8Bytes);
            }

            to.Byte((byte)'}');
        }

        to.Byte((byte)'"');
    }

    private static void Name(ref JsonSink to, ReadOnlySpan<byte> name, ref bool any)
    {
        to.Raw(any ? ",\""u8 : "\""u8);
        any = true;
        to.Raw(name);
        to.Raw("\":"u8);
    }

    private static bool IsPassedOver(in JsonMembers member) =>
        member.Is("$schema"u8) || member.Is("$comment"u8) || member.Is("$id"u8) || member.Is("$defs"u8) || member.Is("definitions"u8)
        || member.Is("additionalProperties"u8) || member.Is("strict"u8) || member.Is("enumDescriptions"u8);

    private static bool IsPlain(in JsonMembers member)
    {
        if (member.Is("enum"u8)) return HoldsTexts(member.Value);
        return member.Is("format"u8) || member.Is("title"u8) || member.Is("nullable"u8) || member.Is("minItems"u8) || member.Is("maxItems"u8)
            || member.Is("minProperties"u8) || member.Is("maxProperties"u8) || member.Is("minimum"u8) || member.Is("maximum"u8)
            || member.Is("minLength"u8) || member.Is("maxLength"u8) || member.Is("pattern"u8) || member.Is("default"u8) || member.Is("example"u8)
            || member.Is("propertyOrdering"u8);
    }

    private static bool IsWords(in JsonMembers member)
    {
        if (IsPassedOver(member) || IsPlain(member)) return false;
        return !(member.Is("description"u8) || member.Is("type"u8) || member.Is("anyOf"u8) || member.Is("oneOf"u8) || member.Is("allOf"u8)
            || member.Is("properties"u8) || member.Is("required"u8) || (member.Is("const"u8) && member.IsText)
            || (member.Is("items"u8) && JsonText.IsObject(member.Value)));
    }

    private static bool HoldsTexts(ReadOnlySpan<byte> list)
    {
        var items = new JsonItems(list);
        while (items.Next())
            if (!JsonText.IsText(items.Value)) return false;
        return true;
    }
}
