namespace Bifrost.Chat.Errors;

/// <summary>Status and type of every failure of a try that the gateway itself reports.</summary>
internal static class FailureTable
{
    public static ErrorRow Of(FailureKind kind) => kind switch
    {
        FailureKind.Connect or FailureKind.ServerError or FailureKind.BadAnswer => new(502, ErrorTypes.ProviderUnavailable),
        FailureKind.CircuitOpen => new(502, ErrorTypes.ProviderUnavailable, WaitsAlways: true),
        FailureKind.KeyRejected or FailureKind.KeysExhausted => new(502, ErrorTypes.CredentialsExhausted),
        FailureKind.RateLimited => new(429, ErrorTypes.RateLimited, WaitsAlways: true),
        FailureKind.Timeout => new(504, ErrorTypes.RequestTimedOut),
        FailureKind.ModelNotFound => new(404, ErrorTypes.NotFound),
        FailureKind.ContextTooLong => new(400, ErrorTypes.InvalidRequest),
        FailureKind.BadRequest => new(400, ErrorTypes.InvalidRequest),
        FailureKind.Unsupported => new(400, ErrorTypes.UnsupportedParameter),
        FailureKind.QueueFull => new(503, ErrorTypes.RequestDropped, WaitsAlways: true),
        FailureKind.Aborted => new(499, ErrorTypes.RequestCancelled),
        FailureKind.ShuttingDown => new(503, ErrorTypes.ShuttingDown, WaitsAlways: true),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "A failure without a row in the error table."),
    };
}
