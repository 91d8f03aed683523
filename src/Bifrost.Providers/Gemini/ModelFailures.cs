using Bifrost.Calls.Dispatch;
using Bifrost.Chat.Errors;
using Bifrost.Chat.Usage;

namespace Bifrost.Providers.Gemini;

/// <summary>Answers without content that end since the model failed at a call: another try, or another target, may do better.</summary>
internal static class ModelFailures
{
    public static ProviderFailure Of(string provider, string reason, TokenUsage? usage) =>
        ProviderFailures.BadAnswer($"Provider '{provider}' ended its answer without content: {reason}.") with { FromProvider = true, Usage = usage };
}
