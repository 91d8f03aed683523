using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>A prompt that was not let through: an answer without content, whose prompt is billed.</summary>
internal static class BlockMap
{
    /// <summary>One choice that a filter ended.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="feedback">What the provider says of the prompt.</param>
    /// <param name="whole">Whether the answer is a whole one; else a chunk.</param>
    public static void Write(ref JsonSink to, ReadOnlySpan<byte> feedback, bool whole)
    {
        to.Raw(whole ? "{\"index\":0,\"message\""u8 : "{\"index\":0,\"delta\""u8);
        to.Raw(":{\"role\":\"assistant\",\"content\":\"\""u8);
        var message = JsonMembers.Find(feedback, "blockReasonMessage"u8);
        if (JsonText.IsText(message))
        {
            to.Raw(",\"refusal\":"u8);
            to.Raw(message);
        }

        to.Raw("},\"finish_reason\":\"content_filter\",\"native_finish_reason\":"u8);
        var reason = JsonMembers.Find(feedback, "blockReason"u8);
        to.Raw(JsonText.IsText(reason) ? reason : "\"OTHER\""u8);
        SafetyMap.Write(ref to, JsonMembers.Find(feedback, "safetyRatings"u8));
        to.Byte((byte)'}');
    }
}
