using Bifrost.Chat.Json;
using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>Writes a candidate as a choice, or a piece of one as a choice of a chunk.</summary>
internal static class CandidateMap
{
    private static ReadOnlySpan<byte> Role => "\"role\":\"assistant\""u8;

    /// <summary>Answers whether anything of it was for the client. What was written of a piece without anything is a choice with an empty delta.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="candidate">The candidate.</param>
    /// <param name="choice">What is known of it.</param>
    /// <param name="answer">What is known of the answer.</param>
    /// <param name="whole">Whether it is a whole one; else a piece.</param>
    public static bool Write(ref JsonSink to, scoped in Candidate candidate, ChoiceState choice, AnswerState answer, bool whole)
    {
        if (!candidate.Continuation.IsEmpty) choice.Continue(candidate.Continuation);
        to.Raw("{\"index\":"u8);
        to.Number(choice.Index);
        to.Raw(whole ? ",\"message\":{"u8 : ",\"delta\":{"u8);
        var any = false;
        if (whole) Member(ref to, ref any, Role);
        var kinds = PartKindsOf(candidate.Parts);
        WriteText(ref to, ref any, candidate.Parts, kinds, choice, whole);
        var isFiltered = FinishReasons.IsFiltered(candidate.Reason);
        if (isFiltered && !candidate.Message.IsEmpty)
        {
            Member(ref to, ref any, "\"refusal\":"u8);
            to.Raw(candidate.Message);
        }

        var ends = !candidate.Reason.IsEmpty && !choice.IsFinished;
        if ((kinds & PartKinds.Thought) != 0) WriteThinking(ref to, ref any, candidate.Parts);
        if ((kinds & PartKinds.CallOrSignature) != 0 || choice.Open is not null)
            WriteCalls(ref to, ref any, candidate.Parts, choice, answer, whole, ends);
        if ((kinds & PartKinds.Media) != 0) MediaMap.Write(ref to, ref any, candidate.Parts, choice);
        GroundingMap.WriteAnnotations(ref to, ref any, candidate, choice, whole);
        if (ends) choice.WriteDetails(ref to, ref any, continues: JsonText.Is(candidate.Reason, "CONTINUATION"u8));
        var says = any || ends;
        if (says && !whole && !choice.HasBegun) Member(ref to, ref any, Role);
        choice.HasBegun |= says;
        to.Byte((byte)'}');
        LogprobsMap.Write(ref to, candidate.Logprobs);
        if (!ends)
        {
            to.Raw(whole ? "}"u8 : ",\"finish_reason\":null}"u8);
            return says;
        }

        choice.IsFinished = true;
        FinishReasons.Write(ref to, candidate.Reason, choice.Calls > 0);
        if (isFiltered) SafetyMap.Write(ref to, candidate.Safety);
        to.Byte((byte)'}');
        return true;
    }

    /// <summary>What there is among the parts, so that each kind is looked for where it is alone.</summary>
    private static PartKinds PartKindsOf(ReadOnlySpan<byte> parts)
    {
        var kinds = PartKinds.None;
        var items = new JsonItems(parts);
        while (items.Next())
        {
            var part = Part.Read(items.Value);
            if (part.IsThought) kinds |= PartKinds.Thought;
            if (part.IsSaid && (part.Text.IsEmpty || part.Text.Length > 2)) kinds |= PartKinds.Said;
            if (!part.Call.IsEmpty) kinds |= PartKinds.Call | PartKinds.CallOrSignature;
            if (!part.Signature.IsEmpty) kinds |= PartKinds.CallOrSignature;
            if (!part.Data.IsEmpty) kinds |= PartKinds.Media;
        }

        return kinds;
    }

    private static void WriteText(ref JsonSink to, ref bool any, ReadOnlySpan<byte> parts, PartKinds kinds, ChoiceState choice, bool whole)
    {
        var says = (kinds & PartKinds.Said) != 0;
        if (!says && !whole) return;
        if (!says && (kinds & PartKinds.Call) != 0)
        {
            Member(ref to, ref any, "\"content\":null"u8);
            return;
        }

        choice.HasOutput |= says;
        Member(ref to, ref any, "\"content\":\""u8);
        var items = new JsonItems(parts);
        while (items.Next())
        {
            if (whole) choice.Part();
            var part = Part.Read(items.Value);
            if (!part.IsSaid) continue;
            if (!part.Code.IsEmpty) WriteFenced(ref to, choice, JsonMembers.Find(part.Code, "code"u8), "```python\\n"u8);
            else if (!part.CodeResult.IsEmpty) WriteFenced(ref to, choice, JsonMembers.Find(part.CodeResult, "output"u8), "```\\n"u8);
            else WritePiece(ref to, choice, JsonText.Inner(part.Text));
        }

        to.Byte((byte)'"');
    }

    /// <summary>Code that the provider ran, and what came of it, as a model would show them.</summary>
    private static void WriteFenced(ref JsonSink to, ChoiceState choice, ReadOnlySpan<byte> text, ReadOnlySpan<byte> fence)
    {
        WritePiece(ref to, choice, "\\n"u8);
        WritePiece(ref to, choice, fence);
        WritePiece(ref to, choice, JsonText.Inner(text));
        WritePiece(ref to, choice, "\\n```\\n"u8);
    }

    private static void WritePiece(ref JsonSink to, ChoiceState choice, ReadOnlySpan<byte> text)
    {
        to.Raw(text);
        choice.Keep(text);
    }

    private static void WriteThinking(ref JsonSink to, ref bool any, ReadOnlySpan<byte> parts)
    {
        var has = false;
        var items = new JsonItems(parts);
        while (items.Next())
        {
            var part = Part.Read(items.Value);
            if (!part.IsThought || part.Text.Length <= 2) continue;
            if (!has) Member(ref to, ref any, "\"reasoning\":\""u8);
            has = true;
            to.Raw(JsonText.Inner(part.Text));
        }

        if (has) to.Byte((byte)'"');
    }

    /// <summary>Calls, and the signatures of all parts.</summary>
    /// <param name="ends">Whether the choice ends: a call that is still open ends too.</param>
    private static void WriteCalls(
        ref JsonSink to, ref bool any, ReadOnlySpan<byte> parts, ChoiceState choice, AnswerState answer, bool whole, bool ends)
    {
        var has = false;
        var items = new JsonItems(parts);
        while (items.Next())
        {
            var part = Part.Read(items.Value);
            if (part.Call.IsEmpty)
            {
                choice.Sign(part.Signature, default, part.IsThought ? part.Text : default, answer.ModelName);
            }
            else if (choice.Open is null && !PartialCall.IsPiece(part.Call))
            {
                var name = JsonMembers.Find(part.Call, "name"u8);
                var id = JsonMembers.Find(part.Call, "id"u8);
                WriteCall(ref to, ref any, ref has, name, id, JsonMembers.Find(part.Call, "args"u8), part.Signature, choice, answer, whole);
            }
            else if ((choice.Open ??= new PartialCall(choice.KeptBytesMax)).Add(part))
            {
                Close(ref to, ref any, ref has, choice, answer, whole);
            }
        }

        if (ends && choice.Open is not null) Close(ref to, ref any, ref has, choice, answer, whole);
        if (has) to.Byte((byte)']');
    }

    private static void Close(ref JsonSink to, ref bool any, ref bool has, ChoiceState choice, AnswerState answer, bool whole)
    {
        var open = choice.Open!;
        choice.Open = null;
        WriteCall(ref to, ref any, ref has, open.Name, open.Id, open.Arguments(), open.Signature, choice, answer, whole);
    }

    private static void WriteCall(
        ref JsonSink to,
        ref bool any,
        ref bool has,
        scoped ReadOnlySpan<byte> name,
        scoped ReadOnlySpan<byte> id,
        scoped ReadOnlySpan<byte> arguments,
        scoped ReadOnlySpan<byte> signature,
        ChoiceState choice,
        AnswerState answer,
        bool whole)
    {
        Span<byte> room = stackalloc byte[CallIds.MadeBytesMax];
        if (JsonText.Inner(id).IsEmpty) id = answer.NextCallId(room);
        choice.Sign(signature, id, default, answer.ModelName);
        if (has) to.Byte((byte)',');
        else Member(ref to, ref any, "\"tool_calls\":["u8);
        has = choice.HasOutput = true;
        to.Byte((byte)'{');
        if (!whole)
        {
            to.Raw("\"index\":"u8);
            to.Number(choice.Calls);
            to.Byte((byte)',');
        }

        choice.Calls++;
        to.Raw("\"id\":"u8);
        to.Raw(id);
        to.Raw(",\"type\":\"function\",\"function\":{\"name\":"u8);
        to.Raw(JsonText.IsText(name) ? answer.Names.Original(name) : "\"\""u8);
        to.Raw(",\"arguments\":"u8);
        if (JsonText.IsObject(arguments)) to.QuotedText(arguments);
        else to.Raw("\"{}\""u8);
        to.Byte((byte)'}');
        if (!JsonText.Inner(signature).IsEmpty)
        {
            to.Raw(",\"extra_content\":{\"google\":{\"thought_signature\":"u8);
            to.Raw(signature);
            to.Raw("}}"u8);
        }

        to.Byte((byte)'}');
    }

    internal static void Member(ref JsonSink to, ref bool any, ReadOnlySpan<byte> start)
    {
        if (any) to.Byte((byte)',');
        any = true;
        to.Raw(start);
    }
}
