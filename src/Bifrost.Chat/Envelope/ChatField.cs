namespace Bifrost.Chat.Envelope;

/// <summary>The fields of the request table (contract section 3), in the order of <see cref="ChatFields"/>.</summary>
internal enum ChatField
{
    Unknown = -1,
    Model,
    Messages,
    Stream,
    MaxTokens,
    MaxCompletionTokens,
    Temperature,
    TopP,
    FrequencyPenalty,
    PresencePenalty,
    LogitBias,
    Logprobs,
    TopLogprobs,
    N,
    Stop,
    Seed,
    User,
    Tools,
    ToolChoice,
    ParallelToolCalls,
    ResponseFormat,
    ReasoningEffort,
    ServiceTier,
    StreamOptions,
    Fallbacks,
}
