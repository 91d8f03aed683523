using System.Buffers;
using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>What a body is.</summary>
internal enum AnswerKind
{
    /// <summary>No answer.</summary>
    None,
    Whole,

    /// <summary>An answer without content, since the model failed; its usage is billed all the same.</summary>
    Failed,
}

/// <summary>Writes a whole answer as a chat completion.</summary>
internal static class AnswerMap
{
    /// <param name="buffer">Where to.</param>
    /// <param name="json">One JSON object.</param>
    /// <param name="answer">What is known of it.</param>
    /// <param name="failure">Why the model failed, in the provider's word.</param>
    public static AnswerKind Write(IBufferWriter<byte> buffer, ReadOnlySpan<byte> json, AnswerState answer, out string failure)
    {
        failure = "";
        if (!JsonText.IsWholeObject(json)) return AnswerKind.None;
        var candidates = JsonMembers.Find(json, "candidates"u8);
        var blocked = JsonMembers.Find(json, "promptFeedback"u8);
        if (!JsonText.IsArray(candidates) && !JsonText.IsText(JsonMembers.Find(blocked, "blockReason"u8))) return AnswerKind.None;
        answer.Name(JsonMembers.Find(json, "responseId"u8), JsonMembers.Find(json, "modelVersion"u8));
        answer.Usage.Add(JsonMembers.Find(json, "usageMetadata"u8));

        var to = new JsonSink(buffer);
        answer.WriteHead(ref to, "chat.completion"u8);
        to.Byte((byte)'[');
        var kind = AnswerKind.Whole;
        var items = new JsonItems(candidates);
        while (items.Next())
        {
            if (items.Index > 0) to.Byte((byte)',');
            var candidate = Candidate.Read(items.Value);
            var choice = answer.Choice(candidate.Index ?? items.Index);
            CandidateMap.Write(ref to, candidate, choice, answer, whole: true);
            answer.Usage.Searches += GroundingMap.Searches(candidate.Grounding, answer.Model);
            if (choice.HasOutput || !FinishReasons.IsFailure(candidate.Reason)) continue;
            kind = AnswerKind.Failed;
            failure = JsonText.Read(candidate.Reason) ?? "";
        }

        if (items.Index < 0) BlockMap.Write(ref to, blocked, whole: true);
        to.Byte((byte)']');
        var any = false;
        items = new JsonItems(candidates);
        while (items.Next()) GroundingMap.WriteResults(ref to, JsonMembers.Find(items.Value, "groundingMetadata"u8), ref any);
        if (any) to.Byte((byte)']');
        answer.Usage.WriteTier(ref to);
        answer.Usage.Write(ref to);
        to.Byte((byte)'}');
        to.Flush();
        return items.Index < 0 && !JsonText.IsText(JsonMembers.Find(blocked, "blockReason"u8)) ? AnswerKind.None : kind;
    }
}
