using Bifrost.Chat.Errors;

namespace Bifrost.Providers.Exchanges;

/// <summary>Turns what a provider said into a classified failure that keeps its status, type, code and param.</summary>
internal static class Verdict
{
    private const int SecretCharsMin = 8;
    private const string ContextCode = "context_length_exceeded";

    private static readonly string[] ContextPhrases =
    [
        "context_length_exceeded", "context length", "context size", "context window", "maximum context", "prompt is too long",
        "prompt too long", "input is too long",
        "input length", "too many tokens", "reduce the length", "maximum number of tokens", "token limit", "exceeds the model's maximum",
    ];

    /// <summary>An answer with a status that is not a success.</summary>
    /// <param name="credential">The secret that was sent, taken out of the message should the provider repeat it.</param>
    public static ProviderFailure OfStatus(string provider, int status, ErrorBody error, long? retryAfterMs, string? credential) => new()
    {
        Kind = KindOf(status, error),
        // A redirect, or a status that is none, is the provider's fault, not something to hand to a client.
        Status = status is >= 400 and <= 599 ? status : 502,
        Type = error.Type ?? TypeOf(status),
        Message = Message(error, $"Provider '{provider}' answered with status {status}.", credential),
        Code = error.Code ?? (IsContextStatus(status) && IsContext(error) ? ContextCode : null),
        Param = error.Param,
        FromProvider = status >= 400,
        RetryAfterMs = retryAfterMs ?? error.RetryAfterMs,
        Usage = error.Usage,
        MayHaveRun = error.HasContent || (MayHaveReached(status) && !(status is 408 or 504 ? error.IsError : error.IsTold)),
    };

    /// <summary>An error object where a completion or a chunk should be, under a status of 200.</summary>
    public static ProviderFailure OfErrorObject(string provider, ErrorBody error, string? credential)
    {
        var status = StatusIn(error);
        return OfStatus(provider, status, error, retryAfterMs: null, credential) with
        {
            Message = Message(error, $"Provider '{provider}' answered with an error object.", credential),
        };
    }

    /// <summary>What a provider says, without the secret that was sent. A short one ("x", "none", "EMPTY") is none, and stands within words.</summary>
    public static string Masked(string said, string? credential) =>
        credential is not { Length: >= SecretCharsMin } ? said : said.Replace(credential, "***", StringComparison.Ordinal);

    private static FailureKind KindOf(int status, ErrorBody error) => status switch
    {
        // Some providers refuse a model that they do not have as a bad request, or as one that this key may not use.
        400 or 403 when IsModel(error.Code) || IsModel(error.Type) => FailureKind.ModelNotFound,
        _ when IsContextStatus(status) && IsContext(error) => FailureKind.ContextTooLong,

        // A limit of spend is none of rate: no waiting helps.
        400 or 429 when IsMoney(error) => FailureKind.KeyRejected,

        // Nor does it for a limit of the day, a key that is none, and an account that may not call from here.
        429 when error.Quota?.Contains("PerDay", StringComparison.Ordinal) == true => FailureKind.KeyRejected,
        400 when error.Code is "API_KEY_INVALID" or "FAILED_PRECONDITION" => FailureKind.KeyRejected,

        // Credit of the account behind the key that is used up is a dead key as well.
        401 or 402 or 403 => FailureKind.KeyRejected,
        404 => FailureKind.ModelNotFound,
        408 => FailureKind.Timeout,
        429 => FailureKind.RateLimited,
        >= 500 => FailureKind.ServerError,
        >= 400 => FailureKind.BadRequest,
        _ => FailureKind.BadAnswer,
    };

    /// <summary>
    /// Whether a request may have reached the model that was answered by a page or by nothing. Not when the status says that it was turned away:
    /// no origin (503, 521, 523, 530), no TLS to it (525, 526), overload (529), or something that the server does not do (501, 505). API gateways
    /// tell of a timeout by a bare message too, so that a 408 or 504 needs an error object to be the provider's word.
    /// </summary>
    private static bool MayHaveReached(int status) =>
        status is 408 or 499 or (>= 500 and not (501 or 503 or 505 or 521 or 523 or 525 or 526 or 529 or 530));

    private static bool IsModel(string? word) =>
        word is "model_not_found" or "model_decommissioned" or "invalid_model" or "unknown_model" or "model_not_available" or "DeploymentNotFound";

    private static bool IsContextStatus(int status) => status is 400 or 413 or 422;

    /// <summary>Whether the account behind the key has nothing left to spend.</summary>
    private static bool IsMoney(ErrorBody error) =>
        error.Code is "insufficient_quota" or "credit_balance_exhausted" or "enforced_spend_limit_reached" or "billing_error"
        || error.Type is "insufficient_quota" or "billing_error"
        || error.Message?.Contains("credit balance is too low", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsContext(ErrorBody error)
    {
        if (error.Code == ContextCode || error.Type == ContextCode) return true;
        if (error.Message is not { } message) return false;
        foreach (var phrase in ContextPhrases)
            if (message.Contains(phrase, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <summary>The status that the error would have had: some providers put it into the code, others only hint at it by type.</summary>
    private static int StatusIn(ErrorBody error)
    {
        if (error.Status is { } status) return status;
        if (IsContext(error)) return 400;
        return (error.Type, error.Code) switch
        {
            ("rate_limit_error" or "insufficient_quota" or "rate_limit_exceeded" or "tokens" or "requests", _) => 429,
            (_, "rate_limit_exceeded" or "insufficient_quota" or "rate_limit_error") => 429,
            ("authentication_error", _) or (_, "invalid_api_key") => 401,
            ("permission_error", _) => 403,
            (_, "model_not_found") or ("model_not_found" or "not_found_error", _) => 404,
            ("overloaded_error", _) => 529,
            ("api_error", _) => 500,
            ("billing_error", _) => 402,
            ("timeout_error", _) => 504,
            ("request_too_large", _) => 413,
            ("conflict_error", _) => 409,
            (_, "RESOURCE_EXHAUSTED") => 429,
            (_, "UNAUTHENTICATED") => 401,
            (_, "PERMISSION_DENIED") => 403,
            (_, "INVALID_ARGUMENT") => 400,
            (_, "UNAVAILABLE") => 503,
            (_, "DEADLINE_EXCEEDED") => 504,
            ("invalid_request_error", _) => 400,
            _ => 502,
        };
    }

    private static string TypeOf(int status) => status switch
    {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        429 => "rate_limit_error",
        >= 500 => "server_error",
        >= 400 => ErrorTypes.InvalidRequest,
        _ => ErrorTypes.ProviderUnavailable,
    };

    private static string Message(ErrorBody error, string otherwise, string? credential) => Masked(error.Message ?? otherwise, credential);
}
