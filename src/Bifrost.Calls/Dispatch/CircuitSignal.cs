using Bifrost.Chat.Errors;

namespace Bifrost.Calls.Dispatch;

/// <summary>What the end of a try says about a circuit.</summary>
public enum CircuitSignal
{
    /// <summary>Nothing: the caller left, or the request itself was at fault before the upstream was judged.</summary>
    Neutral,
    Success,
    Failure,
}

/// <summary>Which outcome speaks for or against a provider and against a key.</summary>
public static class CircuitSignals
{
    /// <summary>For the circuit of the provider: is it reachable, alive and speaking its protocol?</summary>
    public static CircuitSignal ForProvider(ProviderFailure? failure) => failure?.Kind switch
    {
        null => CircuitSignal.Success,
        FailureKind.Connect or FailureKind.ServerError or FailureKind.Timeout or FailureKind.BadAnswer => CircuitSignal.Failure,
        // It answered, and to the point.
        FailureKind.BadRequest or FailureKind.ModelNotFound or FailureKind.ContextTooLong or FailureKind.RateLimited
            or FailureKind.KeyRejected => CircuitSignal.Success,
        _ => CircuitSignal.Neutral,
    };

    /// <summary>For the circuit of the key that was used: does the provider take it?</summary>
    public static CircuitSignal ForKey(ProviderFailure? failure) => failure?.Kind switch
    {
        null or FailureKind.BadRequest or FailureKind.ModelNotFound or FailureKind.ContextTooLong => CircuitSignal.Success,
        FailureKind.RateLimited or FailureKind.KeyRejected => CircuitSignal.Failure,
        _ => CircuitSignal.Neutral,
    };
}
