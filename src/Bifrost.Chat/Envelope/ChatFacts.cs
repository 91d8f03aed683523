using Bifrost.Chat.Json;

namespace Bifrost.Chat.Envelope;

/// <summary>What one pass over a body found: the values the gateway acts on and where the fields stand that it may change.</summary>
internal struct ChatFacts
{
    public string? Model;
    public bool Stream;
    public bool IncludeUsage;
    public int MaxTokens;
    public int MaxCompletionTokens;
    public int Choices;

    /// <summary><c>n</c>, at least 1.</summary>
    public int ShownChoices;

    public RequestContent? Content;
    public bool MessagesFound;
    public ImmutableArray<string> Fallbacks;

    /// <summary>Just behind the body's opening brace.</summary>
    public int Inside;

    public JsonMember ModelMember;
    public JsonMember FallbacksMember;
    public JsonMember MaxTokensMember;
    public JsonMember MaxCompletionTokensMember;
    public JsonMember StreamOptionsMember;
    public JsonMember ServiceTierMember;

    /// <summary>The value of <c>stream_options.include_usage</c>.</summary>
    public JsonSpan IncludeUsageValue;

    /// <summary>True when <c>stream_options</c> is an object without members.</summary>
    public bool StreamOptionsEmpty;
}
