using Bifrost.Chat.Json;
using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>
/// A JSON schema as newer models take it: as it is, without what is refused there. Older ones take the subset of <see cref="OldSchemaMap"/>.
/// </summary>
internal static class SchemaMap
{
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> schema, bool asIs, string param, MapFindings findings)
    {
        if (asIs) Write(ref to, schema);
        else OldSchemaMap.Write(ref to, schema, param, findings);
    }

    private static void Write(ref JsonSink to, ReadOnlySpan<byte> schema)
    {
        if (!JsonText.IsObject(schema))
        {
            to.Raw(schema);
            return;
        }

        // Beside a reference nothing may stand but names that begin with the sign of such names.
        var isReference = !JsonMembers.Find(schema, "$ref"u8).IsEmpty;
        to.Byte((byte)'{');
        var any = false;
        var members = new JsonMembers(schema);
        while (members.Next())
        {
            if (IsRefused(members) || (isReference && !members.RawName.StartsWith("$"u8))) continue;
            to.Raw(any ? ",\""u8 : "\""u8);
            any = true;
            var isConstant = members.Is("const"u8);
            to.Raw(isConstant ? "enum"u8 : members.RawName);
            to.Raw(isConstant ? "\":["u8 : "\":"u8);
            WriteValue(ref to, members);
            if (isConstant) to.Byte((byte)']');
        }

        to.Byte((byte)'}');
    }

    private static void WriteValue(ref JsonSink to, in JsonMembers member)
    {
        if (HoldsSchema(member)) Write(ref to, member.Value);
        else if (JsonText.IsArray(member.Value) && HoldsSchemas(member))
        {
            to.Byte((byte)'[');
            var items = new JsonItems(member.Value);
            while (items.Next())
            {
                if (items.Index > 0) to.Byte((byte)',');
                Write(ref to, items.Value);
            }

            to.Byte((byte)']');
        }
        else if (JsonText.IsObject(member.Value) && HoldsNames(member))
        {
            to.Byte((byte)'{');
            var named = new JsonMembers(member.Value);
            for (var any = false; named.Next(); any = true)
            {
                to.Raw(any ? ",\""u8 : "\""u8);
                to.Raw(named.RawName);
                to.Raw("\":"u8);
                Write(ref to, named.Value);
            }

            to.Byte((byte)'}');
        }
        else
        {
            to.Raw(member.Value);
        }
    }

    private static bool IsRefused(in JsonMembers member) =>
        member.Is("$schema"u8) || member.Is("$comment"u8) || member.Is("enumDescriptions"u8) || member.Is("strict"u8);

    private static bool HoldsSchema(in JsonMembers member) =>
        JsonText.IsObject(member.Value) && (member.Is("items"u8) || member.Is("additionalProperties"u8) || member.Is("not"u8) || member.Is("contains"u8));

    private static bool HoldsSchemas(in JsonMembers member) =>
        member.Is("anyOf"u8) || member.Is("oneOf"u8) || member.Is("allOf"u8) || member.Is("prefixItems"u8);

    private static bool HoldsNames(in JsonMembers member) =>
        member.Is("properties"u8) || member.Is("$defs"u8) || member.Is("definitions"u8) || member.Is("patternProperties"u8);
}
