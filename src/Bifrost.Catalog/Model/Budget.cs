using Bifrost.Ledger.Windows;

namespace Bifrost.Catalog.Model;

/// <summary>A limit of spend in a window. Several of one owner differ by period.</summary>
public sealed record Budget
{
    public required string Id { get; init; }

    /// <summary>Nano-dollars that may be spent in one window.</summary>
    public required long LimitNanos { get; init; }

    public required WindowPeriod Period { get; init; }

    /// <summary>What is held before a call.</summary>
    public AdmissionRule Admission { get; init; }
}

/// <summary>What a budget holds before a call (docs/promises.md). Of several budgets that bind a call, <see cref="Bound"/> wins.</summary>
public enum AdmissionRule
{
    /// <summary>The most that the call can cost.</summary>
    Bound,

    /// <summary>What it will likely cost: more calls at once near the limit, which may be passed.</summary>
    Estimate,
}

/// <summary>Request and token windows of one owner; null limits do not bind.</summary>
public sealed record RateLimit
{
    public long? RequestsMax { get; init; }
    public WindowPeriod RequestPeriod { get; init; } = new(1, PeriodUnit.Minute, CalendarAligned: false);
    public long? TokensMax { get; init; }
    public WindowPeriod TokenPeriod { get; init; } = new(1, PeriodUnit.Minute, CalendarAligned: false);
}
