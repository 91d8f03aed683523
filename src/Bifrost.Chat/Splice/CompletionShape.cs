using Bifrost.Chat.Json;
using Bifrost.Chat.Usage;

namespace Bifrost.Chat.Splice;

/// <summary>What one pass over an answer or a chunk found (contract sections 4 and 5). Its offsets hold for the very bytes that were scanned.</summary>
public struct CompletionShape
{
    internal JsonMember UsageMember;
    internal JsonMember ExtraMember;
    internal JsonSpan Choices;
    internal UsageShape UsageParts;
    internal JsonSpan Model;
    internal JsonSpan ServiceTier;
    internal UsageTold ToldParts;

    /// <summary>True when an error stands there that says something: in <c>error</c>, in a choice, in its finish reason.</summary>
    internal bool ErrorSays;

    /// <summary>True when the object says of itself that it is an error (<c>object</c> or <c>type</c>).</summary>
    internal bool IsErrorObject;

    /// <summary>True when <c>error</c> stands there with more than null or false.</summary>
    internal bool IsErrorNamed;

    /// <summary>True when another member stands there that tells of errors where no choices do.</summary>
    internal bool HasErrorMark;

    // The choices that were seen, and those that have ended: a bit for each index up to 63.
    private ulong _choices, _ended;

    /// <summary>Just behind the last member's value; behind the opening brace when there is none.</summary>
    internal int Tail;

    /// <summary>Members besides usage and extra fields.</summary>
    internal int OtherMembers;

    /// <summary>Where each choice's log probabilities stand; null when no choice has any.</summary>
    internal List<LogprobsShape>? Logprobs;

    /// <summary>Members that a later one of the same name overrides; they are not passed on. Null when there is none, as is usual.</summary>
    internal List<JsonMember>? Overridden;

    /// <summary>What the provider tells of its usage, wherever in the answer it stands.</summary>
    public readonly UsageTold Told => ToldParts;

    /// <summary>The tokens that the provider reports; null when it reports none.</summary>
    public readonly TokenUsage? Usage => ToldParts.Tokens();

    /// <summary>True when <c>choices</c> is an array.</summary>
    public bool HasChoices { readonly get; internal set; }

    /// <summary>True when <c>choices</c> is an array with nothing in it.</summary>
    public bool ChoicesEmpty { readonly get; internal set; }

    /// <summary>
    /// True for an error dressed as an answer. An error that says nothing (<c>""</c>, <c>{}</c>, <c>false</c>) is none beside choices. Without
    /// choices, what errors look like is one.
    /// </summary>
    public readonly bool HasError => ErrorSays
        || (!HasChoices && (IsErrorObject || IsErrorNamed || HasErrorMark))
        || (ChoicesEmpty && (IsErrorObject || (HasErrorMark && ToldParts.IsEmpty)));

    /// <summary>True when it is neither chunk nor answer: without choices, usage and error.</summary>
    public readonly bool IsNothing => !HasChoices && ToldParts.IsEmpty && !HasError;

    /// <summary>True when a choice has a <c>delta</c>, or the text of older completions.</summary>
    public bool HasDelta { readonly get; internal set; }

    /// <summary>True when a choice has a <c>message</c>, as whole answers have.</summary>
    public bool HasMessage { readonly get; internal set; }

    /// <summary>True when sources or the like stand beside the choices, which the client is to see.</summary>
    public bool CarriesMore { readonly get; internal set; }

    /// <summary>The indexes of the choices in it, as bits; those above 63 have the bit of 63.</summary>
    public readonly ulong Choosing => _choices;

    /// <summary>The indexes of the choices that it ends, as bits.</summary>
    public readonly ulong Ending => _ended;

    /// <summary>True when a choice has a <c>finish_reason</c> that is not null.</summary>
    public bool FinishReasonSeen { readonly get; internal set; }

    /// <summary>True when the provider says that an output limit ended a choice.</summary>
    public bool IsEndedByLimit { readonly get; internal set; }

    /// <summary>What the choices delivered; for estimates.</summary>
    public ContentBytes Content;

    /// <summary>Bytes of strings in members beside the choices that are not known: an answer may stand there.</summary>
    public long OtherBytes { readonly get; internal set; }

    /// <summary>What was delivered, or may have been: by the choices, and by members beside them that are not known.</summary>
    public readonly ContentBytes Delivered
    {
        get
        {
            var delivered = Content;
            delivered.Add(OtherBytes, isText: false);
            return delivered;
        }
    }

    /// <summary>True for a chunk that carries usage and no choice: sent to the caller only when it asked for usage.</summary>
    public readonly bool IsUsageOnly => UsageParts.IsObject && !ToldParts.IsEmpty && (!HasChoices || ChoicesEmpty) && !HasError;

    internal void Choose(int index, bool ended)
    {
        var bit = 1UL << Math.Clamp(index, 0, 63);
        _choices |= bit;
        if (ended) _ended |= bit;
    }

    /// <summary>The model that the answer names, as it stands in the JSON between its quotes; empty when it names none.</summary>
    public readonly ReadOnlySpan<byte> ModelIn(ReadOnlySpan<byte> json) => Model.Of(json);

    /// <summary>The service tier that the answer names, as it stands in the JSON between its quotes; empty when it names none.</summary>
    public readonly ReadOnlySpan<byte> ServiceTierIn(ReadOnlySpan<byte> json) => ServiceTier.Of(json);
}
