using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Ledger.Rules;

/// <summary>A budget's row in the hands of one transaction, which alone may change its counters.</summary>
public sealed class BudgetRecord
{
    public required string Id { get; init; }
    public required WindowPeriod Period { get; init; }
    public required long LimitNanos { get; init; }
    public required bool Retired { get; init; }
    public required long WindowStartMs { get; set; }
    public required long PostedNanos { get; set; }
    public required long LeasedNanos { get; set; }
    public required long DoubtNanos { get; set; }

    /// <summary>Changed by this transaction.</summary>
    public bool IsChanged { get; set; }

    public long FreeNanos => checked(LimitNanos - PostedNanos - LeasedNanos - DoubtNanos);

    public DateTimeOffset WindowStart => DateTimeOffset.FromUnixTimeMilliseconds(WindowStartMs);

    public long WindowEndMs => WindowClock.End(Period, WindowStart).ToUnixTimeMilliseconds();

    /// <summary>Begins the window that holds at <paramref name="nowMs"/> when it is a new one: its counters are empty.</summary>
    public void Roll(long nowMs)
    {
        var start = WindowClock.Current(Period, WindowStart, DateTimeOffset.FromUnixTimeMilliseconds(nowMs)).ToUnixTimeMilliseconds();
        if (start <= WindowStartMs) return;
        (WindowStartMs, PostedNanos, LeasedNanos, DoubtNanos) = (start, 0, 0, 0);
        IsChanged = true;
    }

    public BudgetNumbers ToNumbers() => new()
    {
        BudgetId = Id,
        Period = Period,
        LimitNanos = LimitNanos,
        PostedNanos = PostedNanos,
        LeasedNanos = LeasedNanos,
        DoubtNanos = DoubtNanos,
        WindowStart = WindowStart,
        ResetsAt = WindowClock.End(Period, WindowStart),
    };
}
