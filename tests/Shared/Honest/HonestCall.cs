using Bifrost.Chat.Envelope;

namespace Bifrost.Testing;

/// <summary>One call as it would run without a budget.</summary>
internal sealed record HonestCall
{
    public required RequestContent Content { get; init; }

    /// <summary>What the model's own tokenizer counts of it.</summary>
    public required CountedTokens Counted { get; init; }

    /// <summary>Prompt tokens that the provider bills.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>The output limit that the caller names; 0: none.</summary>
    public required int OutputTokensAsked { get; init; }

    /// <summary>Output tokens of the answer, within the caller's own limit.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>How long the answer takes.</summary>
    public required TimeSpan Duration { get; init; }
}
