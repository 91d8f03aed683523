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
        Level = RefusalLevel.Gateway,
        RetryAfterMs = RetryHeldMs,
    };

    /// <summary>
    /// 402 when the least that the call could hold is beyond what a budget has left without its running calls, which waiting cannot change
    /// before the reset; otherwise 429.
    /// </summary>
    /// <param name="chain">The chain that asks.</param>
    /// <param name="numbers">Budgets of this chain; not all of them where nothing is known of the others.</param>
    /// <param name="needNanos">What the call would hold.</param>
    /// <param name="leastNanos">The least that it could hold.</param>
    public static HoldReply TooLittle(BudgetChain chain, ImmutableArray<BudgetNumbers> numbers, long needNanos, long leastNanos)
    {
        BudgetNumbers? tightest = null;
        BudgetNumbers? poorest = null;
        foreach (var budget in numbers)
        {
            if (tightest is null || budget.FreeNanos < tightest.FreeNanos) tightest = budget;
            if (poorest is null || budget.LeftNanos < poorest.LeftNanos) poorest = budget;
        }

        if (tightest is null || poorest is null) return HoldReply.No(Changing);
        return leastNanos > poorest.LeftNanos
            ? Refuse(chain, poorest, RefusalReason.BudgetExceeded, "cannot pay this call", needNanos, poorest.LeftNanos)
            : Refuse(chain, tightest, RefusalReason.BudgetHeld, "is held by calls that are still running", needNanos, tightest.FreeNanos);
    }

    /// <summary>Refused by what a budget of the chain answered just now to a call of this or another chain.</summary>
    public static HoldReply Remembered(ChainCredit chain, long needNanos, long leastNanos, TimeSpan now, TimeSpan span)
    {
        var numbers = ImmutableArray.CreateBuilder<BudgetNumbers>(chain.Budgets.Length);
        foreach (var budget in chain.Budgets)
            if ((budget.Refused(leastNanos, now) ?? budget.Told(now, span)) is { } known) numbers.Add(known);
        return TooLittle(chain.Chain, numbers.DrainToImmutable(), needNanos, leastNanos);
    }

    /// <summary>429: running calls of this chain hold their part of a budget that others use too.</summary>
    public static HoldReply Capped(ChainCredit chain, BudgetNumbers budget, long needNanos) =>
        Refuse(
            chain.Chain,
            budget,
            RefusalReason.BudgetHeld,
            $"is shared, and running calls of this caller hold {Nanos.Format(chain.HeldNanos)} of it already",
            needNanos,
            chain.CapRoom(budget));

    private static HoldReply Refuse(
        BudgetChain chain, BudgetNumbers budget, RefusalReason reason, string what, long needNanos, long fitsNanos)
    {
        fitsNanos = Math.Max(0, fitsNanos);
        var held = reason == RefusalReason.BudgetHeld;
        var reset = budget.ResetsAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var refusal = new Refusal
        {
            Reason = reason,
            Message = $"The budget of {Owner(chain, budget.BudgetId)} {what}: limit {Nanos.Format(budget.LimitNanos)} per {Period(budget.Period)}, "
                + $"posted {Nanos.Format(budget.PostedNanos)}, held {Nanos.Format(budget.LeasedNanos)}, "
                + $"in doubt {Nanos.Format(budget.DoubtNanos)}, resets at {reset}. "
                + $"This call may cost up to {Nanos.Format(needNanos)}; up to {Nanos.Format(fitsNanos)} would fit{(held ? " now" : "")}.",
            RetryAfterMs = held ? RetryHeldMs : null,
            Level = LevelOf(chain, budget.BudgetId),
        };
        return HoldReply.No(refusal) with { FitsNanos = fitsNanos };
    }

    private static string Owner(BudgetChain chain, string budgetId)
    {
        foreach (var budget in chain.Budgets)
            if (budget.Id == budgetId) return $"{Level(budget.Level)} '{budget.OwnerName}'";
        return "'" + budgetId + "'";
    }

    private static RefusalLevel LevelOf(BudgetChain chain, string budgetId)
    {
        foreach (var budget in chain.Budgets)
        {
            if (budget.Id != budgetId) continue;
            return budget.Level switch
            {
                BudgetLevel.Customer => RefusalLevel.Customer,
                BudgetLevel.Team => RefusalLevel.Team,
                BudgetLevel.KeyProvider => RefusalLevel.KeyProvider,
                BudgetLevel.Provider => RefusalLevel.Provider,
                BudgetLevel.Model => RefusalLevel.Model,
                _ => RefusalLevel.VirtualKey,
            };
        }

        return RefusalLevel.VirtualKey;
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
        Level = RefusalLevel.Gateway,
        Message = message,
        RetryAfterMs = RetryUnavailableMs,
    };
}
