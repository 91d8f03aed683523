using Bifrost.Chat.Json;

namespace Bifrost.Chat.Splice;

/// <summary>The log probabilities of one choice.</summary>
/// <param name="Value">The value of <c>logprobs</c>, not null.</param>
/// <param name="Mirror">The value of <c>log_probs</c> that already stands beside it.</param>
internal readonly record struct LogprobsShape(JsonSpan Value, JsonSpan Mirror);
