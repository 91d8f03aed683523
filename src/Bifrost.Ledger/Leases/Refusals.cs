using System.Globalization;
using Bifrost.Chat.Errors;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;

namespace Bifrost.Ledger.Leases;

/// <summary>Refusals in words (contract section 6): level, limit, posted, held, reset, and what would fit.</summary>
internal static class Refusals
{
    public const long RetryHeldMs = 1_000;
    public const long RetryUnavailableMs = 1_000;

    public static readonly Refusal Unavailable = No("The ledger cannot be reached, so no credit can be held; nothing was sent or charged.");
    public static readonly Refusal Full = No("Too many ledger entries wait to become durable; nothing was sent or charged.");
    public static readonly Refusal Stopping = No("This server is stopping; nothing was sent or charged.");
    public static readonly Refusal Ended = No("This attempt has already ended.");
    public static readonly Refusal Changing = No("The budgets of this call are being changed; nothing was sent or charged.");

    public static readonly Refusal Inactive = new()
    {
        Reason = RefusalReason.AccessBlocked,
        Message = "The virtual key is not active.",
    };

    public static readonly Refusal Crowded = new()
    {
        Reason = RefusalReason.QueueFull,
        Message = "Too many calls of the same budgets wait for credit.",
        RetryAfterMs = RetryHeldMs,
    };

    /// <summary>
    /// 402 when the need is beyond what a budget has left without its running calls, which waiting cannot change before the reset;
    /// otherwise 429.
    /// </summary>
    public static Refusal TooLittle(BudgetChain chain, ImmutableArray<BudgetNumbers> numbers, long needNanos)
    {
        BudgetNumbers? tightest = null;
        BudgetNumbers? poorest = null;
        foreach (var budget in numbers)
        {
            if (tightest is null || budget.FreeNanos < tightest.FreeNanos) tightest = budget;
            if (poorest is null || budget.LeftNanos < poorest.LeftNanos) poorest = budget;
        }

        if (tightest is null || poorest is null) return Changing;
        var exceeded = needNanos > poorest.LeftNanos;
        var budgetToName = exceeded ? poorest : tightest;
        return new Refusal
        {
            Reason = exceeded ? RefusalReason.BudgetExceeded : RefusalReason.BudgetHeld,
            Message = Describe(chain, budgetToName, needNanos, exceeded),
            RetryAfterMs = exceeded ? null : RetryHeldMs,
        };
    }

    private static string Describe(BudgetChain chain, BudgetNumbers budget, long needNanos, bool exceeded)
    {
        var fits = Math.Max(0, exceeded ? budget.LeftNanos : budget.FreeNanos);
        var head = exceeded ? "cannot pay this call" : "is held by calls that are still running";
        var reset = budget.ResetsAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return $"The budget of {Owner(chain, budget.BudgetId)} {head}: limit {Nanos.Format(budget.LimitNanos)} per {Period(budget.Period)}, "
            + $"posted {Nanos.Format(budget.PostedNanos)}, held {Nanos.Format(budget.LeasedNanos)}, "
            + $"in doubt {Nanos.Format(budget.DoubtNanos)}, resets at {reset}. "
            + $"This call may cost up to {Nanos.Format(needNanos)}; up to {Nanos.Format(fits)} would fit{(exceeded ? "" : " now")}.";
    }

    private static string Owner(BudgetChain chain, string budgetId)
    {
        foreach (var budget in chain.Budgets)
            if (budget.Id == budgetId) return $"{Level(budget.Level)} '{budget.OwnerName}'";
        return "'" + budgetId + "'";
    }

    private static string Level(BudgetLevel level) => level switch
    {
        BudgetLevel.Customer => "customer",
        BudgetLevel.Team => "team",
        BudgetLevel.VirtualKey => "virtual key",
        BudgetLevel.KeyProvider => "the virtual key at provider",
        BudgetLevel.Provider => "provider",
        _ => "model",
    };

    private static string Period(WindowPeriod period) => PeriodParser.Format(period) + (period.CalendarAligned ? " (calendar)" : "");

    private static Refusal No(string message) => new()
    {
        Reason = RefusalReason.LedgerUnavailable,
        Message = message,
        RetryAfterMs = RetryUnavailableMs,
    };
}
