using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>What the end of a try says about a circuit.</summary>
public enum CircuitSignal
{
    /// <summary>Nothing: the caller left, or the request itself was at fault.</summary>
    Neutral,
    Success,
    Failure,
}

/// <summary>
/// Which outcome speaks for or against a provider, and against one of its keys with one model. A fault of the request's own never does: whoever
/// makes it would close the provider to everybody else.
/// </summary>
public static class CircuitSignals
{
    /// <summary>
    /// For the circuit of the provider: is it reachable, alive and speaking its protocol? A failure of <see cref="IsOfModel"/> counts only where
    /// several models have it.
    /// </summary>
    public static CircuitSignal ForProvider(ProviderFailure? failure) => failure?.Kind switch
    {
        null => CircuitSignal.Success,
        FailureKind.Connect => CircuitSignal.Failure,
        _ when IsOfModel(failure) => CircuitSignal.Failure,
        _ => CircuitSignal.Neutral,
    };

    /// <summary>Whether one model alone may have such a failure.</summary>
    public static bool IsOfModel(ProviderFailure? failure) => failure?.Kind is FailureKind.ServerError or FailureKind.Timeout or FailureKind.BadAnswer;

    /// <summary>
    /// For the circuit of the key that was used, with the model: does the provider take the key, and does the model answer? Of refusals only 401 is
    /// about the key for sure: a 403 may be about what was sent, and so may a 402 or a 404.
    /// </summary>
    public static CircuitSignal ForKey(ProviderFailure? failure) => failure?.Kind switch
    {
        null => CircuitSignal.Success,
        FailureKind.RateLimited => CircuitSignal.Failure,
        FailureKind.KeyRejected when failure.Status == 401 => CircuitSignal.Failure,
        _ when IsOfModel(failure) => CircuitSignal.Failure,
        _ => CircuitSignal.Neutral,
    };
}
