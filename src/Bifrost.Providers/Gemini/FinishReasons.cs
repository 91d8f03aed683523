using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Why an answer ended.</summary>
internal static class FinishReasons
{
    /// <summary>The members <c>finish_reason</c> and, in the provider's own word, <c>native_finish_reason</c>, with a comma before them.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="reason">The provider's word as a JSON string.</param>
    /// <param name="hasCalls">Whether functions were called: the provider says no more than that it stopped.</param>
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> reason, bool hasCalls)
    {
        to.Raw(",\"finish_reason\":\""u8);
        to.Raw(IsFiltered(reason) ? "content_filter"u8 : IsLength(reason) ? "length"u8 : hasCalls ? "tool_calls"u8 : "stop"u8);
        to.Raw("\",\"native_finish_reason\":"u8);
        to.Raw(reason);
    }

    public static bool IsFiltered(ReadOnlySpan<byte> reason) =>
        JsonText.Is(reason, "SAFETY"u8) || JsonText.Is(reason, "RECITATION"u8) || JsonText.Is(reason, "LANGUAGE"u8) || JsonText.Is(reason, "BLOCKLIST"u8)
        || JsonText.Is(reason, "PROHIBITED_CONTENT"u8) || JsonText.Is(reason, "SPII"u8) || JsonText.Is(reason, "IMAGE_SAFETY"u8)
        || JsonText.Is(reason, "IMAGE_PROHIBITED_CONTENT"u8) || JsonText.Is(reason, "IMAGE_RECITATION"u8);

    /// <summary>Whether the model failed at a call: an answer that holds nothing else is none.</summary>
    public static bool IsFailure(ReadOnlySpan<byte> reason) =>
        JsonText.Is(reason, "MALFORMED_FUNCTION_CALL"u8) || JsonText.Is(reason, "UNEXPECTED_TOOL_CALL"u8) || JsonText.Is(reason, "TOO_MANY_TOOL_CALLS"u8)
        || JsonText.Is(reason, "MISSING_THOUGHT_SIGNATURE"u8) || JsonText.Is(reason, "MALFORMED_RESPONSE"u8);

    private static bool IsLength(ReadOnlySpan<byte> reason) => JsonText.Is(reason, "MAX_TOKENS"u8) || JsonText.Is(reason, "CONTINUATION"u8);
}
