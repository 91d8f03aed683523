using Bifrost.Providers.Exchanges;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>What a tool answered.</summary>
internal static class ResultMap
{
    public static void Write(ref BodyWriter to, ReadOnlySpan<byte> message, int index, MapFindings findings)
    {
        var id = JsonMembers.Find(message, "tool_call_id"u8);
        if (!JsonText.IsText(id))
        {
            findings.Wrong($"messages[{index}].tool_call_id", $"`messages[{index}].tool_call_id` must be a string: it says which call is answered.");
            return;
        }

        to.Block();
        to.Json.Raw("{\"type\":\"tool_result\",\"tool_use_id\":"u8);
        ToolIds.Write(ref to.Json, id);
        var content = JsonMembers.Find(message, "content"u8);
        if (JsonText.IsText(content) && !JsonText.IsBlank(content))
        {
            to.Json.Raw(",\"content\":"u8);
            to.Json.Raw(content);
        }
        else if (JsonText.IsArray(content) && PartMap.HasAny(content))
        {
            to.Json.Raw(",\"content\":["u8);
            PartMap.WriteContent(ref to, content, default, $"messages[{index}].content", findings, asBlocks: false);
            to.Json.Byte((byte)']');
        }

        to.Breakpoint(JsonMembers.Find(message, "cache_control"u8));
        to.Json.Byte((byte)'}');
    }
}
