namespace Bifrost.Core.Catalog;

/// <summary>A limit of spend in a window. Several of one owner differ by period.</summary>
public sealed record Budget
{
    public required string Id { get; init; }

    /// <summary>Nano-dollars that may be spent in one window.</summary>
    public required long LimitNanos { get; init; }

    public required WindowPeriod Period { get; init; }
}

/// <summary>Request and token windows of one owner; null limits do not bind.</summary>
public sealed record RateLimit
{
    public long? RequestsMax { get; init; }
    public WindowPeriod RequestPeriod { get; init; } = new(1, PeriodUnit.Minute, CalendarAligned: false);
    public long? TokensMax { get; init; }
    public WindowPeriod TokenPeriod { get; init; } = new(1, PeriodUnit.Minute, CalendarAligned: false);
}

/// <summary>Length of a window: <c>30s 5m 1h 1d 1w 1M 1Q 1Y</c>, rolling or aligned to the UTC calendar (ledger, windows).</summary>
public readonly record struct WindowPeriod(int Count, PeriodUnit Unit, bool CalendarAligned);

/// <summary>Units of a window period; month, quarter and year are 30, 90 and 365 days when rolling.</summary>
public enum PeriodUnit
{
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}
