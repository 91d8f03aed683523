using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Anthropic;

/// <summary>Why an answer ended.</summary>
internal static class FinishReasons
{
    /// <summary>The members <c>finish_reason</c> and, in the provider's own word, <c>native_finish_reason</c>, with a comma before them.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="stopReason">The provider's word as a JSON string.</param>
    /// <param name="hasCalls">Whether tools were called.</param>
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> stopReason, bool hasCalls)
    {
        to.Raw(",\"finish_reason\":\""u8);
        to.Raw(Of(stopReason, hasCalls));
        to.Raw("\",\"native_finish_reason\":"u8);
        to.Raw(stopReason);
    }

    private static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> reason, bool hasCalls)
    {
        if (JsonText.Is(reason, "tool_use"u8)) return "tool_calls"u8;
        if (JsonText.Is(reason, "max_tokens"u8) || JsonText.Is(reason, "model_context_window_exceeded"u8)) return "length"u8;
        if (JsonText.Is(reason, "refusal"u8)) return "content_filter"u8;
        return hasCalls ? "tool_calls"u8 : "stop"u8;
    }
}
