namespace Bifrost.Chat.Errors;

/// <summary>The refusals of admission; each is one error type on the wire (contract section 6).</summary>
public enum RefusalReason
{
    VirtualKeyNotFound,
    AccessBlocked,
    ProviderBlocked,
    ModelBlocked,
    BudgetExceeded,
    BudgetHeld,
    RequestLimited,
    TokenLimited,
    RateLimited,
    ConcurrencyLimited,
    QueueFull,
    LedgerUnavailable,
    ModelUnpriced,
    UnboundedContent,
    FieldUnpriced,
    BoundBroken,
}
