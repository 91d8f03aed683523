using Bifrost.Providers.Json;

namespace Bifrost.Providers.Requests;

/// <summary>Reads the parts of a message's content that are text.</summary>
internal static class ContentText
{
    /// <summary>The text of a text part or a refusal; empty for other parts.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> part)
    {
        if (JsonText.IsText(part)) return part;
        var type = JsonMembers.Find(part, "type"u8);
        if (JsonText.Is(type, "text"u8) || JsonText.Is(type, "input_text"u8) || JsonText.Is(type, "output_text"u8)) return JsonMembers.Find(part, "text"u8);
        return JsonText.Is(type, "refusal"u8) ? JsonMembers.Find(part, "refusal"u8) : default;
    }
}
