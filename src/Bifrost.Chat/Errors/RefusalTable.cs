namespace Bifrost.Chat.Errors;

/// <summary>Status and type of every refusal. A window's refusal without a time is one that no waiting helps: larger than the window.</summary>
internal static class RefusalTable
{
    public static ErrorRow Of(RefusalReason reason) => reason switch
    {
        RefusalReason.VirtualKeyNotFound => new(403, ErrorTypes.AccessNotFound),
        RefusalReason.AccessBlocked => new(403, ErrorTypes.AccessBlocked),
        RefusalReason.ProviderBlocked => new(403, ErrorTypes.ProviderBlocked),
        RefusalReason.ModelBlocked => new(403, ErrorTypes.ModelBlocked),
        RefusalReason.ModelUnpriced => new(403, ErrorTypes.ModelUnpriced),
        RefusalReason.UnboundedContent => new(400, ErrorTypes.UnboundedContent),
        RefusalReason.FieldUnpriced => new(403, ErrorTypes.FieldUnpriced),
        RefusalReason.BoundBroken => new(403, ErrorTypes.BoundBroken),
        RefusalReason.BudgetExceeded => new(402, ErrorTypes.BudgetExceeded),
        RefusalReason.BudgetHeld => new(429, ErrorTypes.BudgetHeld, WaitsAlways: true),
        RefusalReason.RequestLimited => new(429, ErrorTypes.RequestLimited),
        RefusalReason.TokenLimited => new(429, ErrorTypes.TokenLimited),
        RefusalReason.RateLimited => new(429, ErrorTypes.RateLimited),
        RefusalReason.ConcurrencyLimited => new(429, ErrorTypes.ConcurrencyLimited, WaitsAlways: true),
        RefusalReason.QueueFull => new(429, ErrorTypes.QueueFull, WaitsAlways: true),
        RefusalReason.LedgerUnavailable => new(503, ErrorTypes.LedgerUnavailable, WaitsAlways: true),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "A refusal without a row in the error table."),
    };
}
