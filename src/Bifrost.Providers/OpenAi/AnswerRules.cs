using System.Collections.Frozen;

namespace Bifrost.Providers.OpenAi;

/// <summary>What a provider says otherwise in its answers than OpenAI's words of it: data, one a provider.</summary>
public sealed record AnswerRules
{
    /// <summary>Whether content may come as parts, thinking among them: it becomes <c>content</c> and <c>reasoning</c>.</summary>
    public bool HasContentParts { get; init; }

    /// <summary>Whether calls may come whole, without index and type, or with arguments that are an object.</summary>
    public bool HasBareCalls { get; init; }

    /// <summary>Its own words for the end of a choice.</summary>
    public FrozenDictionary<string, string> FinishReasons { get; init; } = FrozenDictionary<string, string>.Empty;
}
