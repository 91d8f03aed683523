using System.Text;

namespace Bifrost.Providers.OpenAi;

/// <summary>What a provider says otherwise in its answers than OpenAI's words of it: data, one a provider.</summary>
public sealed record AnswerRules
{
    /// <summary>Whether content may come as parts, thinking among them: it becomes <c>content</c> and <c>reasoning</c>.</summary>
    public bool HasContentParts { get; init; }

    /// <summary>Whether calls may come whole, without index and type, or with arguments that are an object.</summary>
    public bool HasBareCalls { get; init; }

    /// <summary>Its own words for the end of a choice.</summary>
    public ImmutableArray<FinishWord> FinishReasons { get; init; } = [];
}

/// <summary>A provider's own word for the end of a choice.</summary>
/// <param name="Said">The provider's.</param>
/// <param name="Meant">OpenAI's.</param>
public sealed record FinishWord(string Said, string Meant)
{
    /// <summary>The word as it stands in JSON.</summary>
    internal byte[] Mark { get; } = Encoding.UTF8.GetBytes($"\"{Said}\"");
}
