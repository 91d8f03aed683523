namespace Bifrost.Chat.Errors;

/// <summary>The error types of contract section 6.</summary>
public static class ErrorTypes
{
    public const string InvalidRequest = "invalid_request_error";
    public const string VirtualKeyRequired = "virtual_key_required";
    public const string InvalidCredentials = "invalid_credentials";
    public const string BudgetExceeded = "budget_exceeded";
    public const string BudgetHeld = "budget_held";
    public const string AccessNotFound = "access_not_found";

    /// <summary><see cref="AccessNotFound"/> as Bifrost called it before 2.1 (<c>client.error_names: v1</c>).</summary>
    public const string AccessNotFoundV1 = "virtual_key_not_found";

    public const string AccessBlocked = "access_blocked";
    public const string ProviderBlocked = "provider_blocked";
    public const string ModelBlocked = "model_blocked";
    public const string ModelUnpriced = "model_unpriced";
    public const string UnsupportedParameter = "unsupported_parameter";
    public const string ProviderNotSupported = "provider_not_supported";
    public const string UnboundedContent = "unbounded_content";
    public const string FieldUnpriced = "field_unpriced";
    public const string BoundBroken = "bound_broken";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string JobNotFound = "job_not_found";
    public const string JobCancelled = "job_cancelled";
    public const string JobFailed = "job_failed";
    public const string Conflict = "conflict";
    public const string IdempotencyConflict = "idempotency_conflict";
    public const string RequestTooLarge = "request_too_large";
    public const string RequestLimited = "request_limited";
    public const string TokenLimited = "token_limited";
    public const string RateLimited = "rate_limited";
    public const string ConcurrencyLimited = "concurrency_limited";
    public const string QueueFull = "queue_full";
    public const string RequestCancelled = "request_cancelled";
    public const string RequestTimedOut = "request_timed_out";
    public const string ProviderUnavailable = "provider_unavailable";
    public const string CredentialsExhausted = "upstream_credentials_exhausted";
    public const string RequestDropped = "request_dropped";
    public const string LedgerUnavailable = "ledger_unavailable";
    public const string ShuttingDown = "shutting_down";
}
