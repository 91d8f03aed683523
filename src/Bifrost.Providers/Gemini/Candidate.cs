using Bifrost.Providers.Json;

namespace Bifrost.Providers.Gemini;

/// <summary>The members of one candidate of an answer, or of a piece of one, as they stand.</summary>
internal ref struct Candidate
{
    public ReadOnlySpan<byte> Parts, Reason, Message, Grounding, Citations, Logprobs, Safety, Continuation;

    /// <summary>Null: it is not told.</summary>
    public int? Index;

    public static Candidate Read(ReadOnlySpan<byte> json)
    {
        var candidate = default(Candidate);
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.IsNull) continue;
            if (members.Is("content"u8)) candidate.Parts = JsonMembers.Find(members.Value, "parts"u8);
            else if (members.Is("index"u8)) candidate.Index = JsonText.Whole(members.Value) is >= 0 and <= ChoiceState.Most and { } index ? (int)index : null;
            else if (members.Is("finishReason"u8)) candidate.Reason = members.IsText ? members.Value : default;
            else if (members.Is("finishMessage"u8)) candidate.Message = members.IsText ? members.Value : default;
            else if (members.Is("groundingMetadata"u8)) candidate.Grounding = members.Value;
            else if (members.Is("citationMetadata"u8)) candidate.Citations = members.Value;
            else if (members.Is("logprobsResult"u8)) candidate.Logprobs = members.Value;
            else if (members.Is("safetyRatings"u8)) candidate.Safety = members.Value;
            else if (members.Is("continuationToken"u8)) candidate.Continuation = members.IsText ? members.Value : default;
        }

        return candidate;
    }
}

/// <summary>What there is among the parts of a candidate's content.</summary>
[Flags]
internal enum PartKinds
{
    None = 0,
    Said = 1,
    Thought = 2,
    Call = 4,
    CallOrSignature = 8,
    Media = 16,
}

/// <summary>One part of a candidate's content.</summary>
internal ref struct Part
{
    /// <summary>A JSON string each; empty: it is not there.</summary>
    public ReadOnlySpan<byte> Text, Signature;

    /// <summary>An object each; empty: it is not there.</summary>
    public ReadOnlySpan<byte> Call, Data, Code, CodeResult;

    public bool IsThought;

    public static Part Read(ReadOnlySpan<byte> json)
    {
        var part = default(Part);
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("text"u8)) part.Text = members.IsText ? members.Value : default;
            else if (members.Is("thought"u8)) part.IsThought = members.Value.SequenceEqual("true"u8);
            else if (members.Is("thoughtSignature"u8)) part.Signature = members.IsText ? members.Value : default;
            else if (members.Is("functionCall"u8)) part.Call = members.IsNull ? default : members.Value;
            else if (members.Is("inlineData"u8)) part.Data = members.IsNull ? default : members.Value;
            else if (members.Is("executableCode"u8)) part.Code = members.IsNull ? default : members.Value;
            else if (members.Is("codeExecutionResult"u8)) part.CodeResult = members.IsNull ? default : members.Value;
        }

        return part;
    }

    /// <summary>Whether it is a piece of what the user is told.</summary>
    public readonly bool IsSaid => (!Text.IsEmpty && !IsThought) || !Code.IsEmpty || !CodeResult.IsEmpty;
}
