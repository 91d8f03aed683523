using Bifrost.Chat.Json;

namespace Bifrost.Chat.Usage;

/// <summary>The <c>usage</c> object of an answer: where things stand in it that are added to.</summary>
internal struct UsageShape
{
    /// <summary>True when <c>usage</c> is an object.</summary>
    public bool IsObject;

    public JsonMember Cost;
    public DetailsShape Prompt;
    public DetailsShape Completion;

    /// <summary>Just behind the last member's value, or the opening brace.</summary>
    public int Tail;

    public bool IsEmpty;

    /// <summary>What the answer tells anywhere in its usage, under whichever name.</summary>
    public UsageNames Known;

    /// <summary>The names that stand in it, besides those in the details.</summary>
    public UsageNames Present;

    /// <summary>Known names of the object itself that do not stand in it yet.</summary>
    public readonly UsageNames Missing => Known & UsageNames.OfUsage & ~Present;

    /// <summary>Known names that the details do not hold yet.</summary>
    public readonly UsageNames MissingOfPrompt => Known & UsageNames.OfPrompt & ~Prompt.Present;

    public readonly UsageNames MissingOfCompletion => Known & UsageNames.OfCompletion & ~Completion.Present;
}

/// <summary>One of the two details objects.</summary>
internal struct DetailsShape
{
    public JsonMember Member;
    public bool IsObject;
    public bool IsEmpty;
    public int Tail;

    /// <summary>The names that stand in it.</summary>
    public UsageNames Present;
}

/// <summary>Names that OpenAI, Bifrost or both use; what is known is given under each of them.</summary>
[Flags]
internal enum UsageNames
{
    None = 0,
    CachedTokens = 1,
    CachedReadTokens = 2,
    CachedWriteTokens = 4,
    ReasoningTokens = 8,
    CitationTokens = 16,
    SearchQueries = 32,
    PromptTokens = 64,
    CompletionTokens = 128,
    TotalTokens = 256,

    OfUsage = PromptTokens | CompletionTokens | TotalTokens,

    OfPrompt = CachedTokens | CachedReadTokens | CachedWriteTokens,
    OfCompletion = ReasoningTokens | CitationTokens | SearchQueries,
}
