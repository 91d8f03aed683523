using Bifrost.Chat.Json;

namespace Bifrost.Chat.Splice;

/// <summary>What stands in place of a stretch of the answer.</summary>
internal enum SplicePart
{
    Nothing,
    Null,
    EmptyChoices,
    EmptyChoicesMember,
    CostValue,
    UsageTail,
    PromptDetailsValue,
    PromptDetailsTail,
    CompletionDetailsValue,
    CompletionDetailsTail,
    LogprobsValue,
    LogprobsMember,
    ExtraValue,
    ExtraMember,
    ExtraOnlyMember,
}

/// <summary>One place where an answer changes.</summary>
/// <param name="Index">Which choice, for log probabilities.</param>
internal readonly record struct Splice(JsonSpan Where, SplicePart Part, int Index);
