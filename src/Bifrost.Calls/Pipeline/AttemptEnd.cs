using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Pipeline;

/// <summary>How one try ended: with an answer, or with an error and what follows from it.</summary>
/// <param name="Answer">Set on success; the rest is then of no meaning.</param>
/// <param name="Error">The error as the client would see it.</param>
/// <param name="Verdict">What follows.</param>
/// <param name="Failure">The provider's failure; null when the try was not dispatched.</param>
/// <param name="KeyId">The provider key that was used; empty when none was.</param>
internal readonly record struct AttemptEnd(ChatResult? Answer, GatewayError? Error, Verdict Verdict, ProviderFailure? Failure = null, string KeyId = "")
{
    public static AttemptEnd Answered(ChatResult answer) => new(answer, null, Verdict.Stop);

    public static AttemptEnd Stopped(GatewayError error) => new(null, error, Verdict.Stop);
}
