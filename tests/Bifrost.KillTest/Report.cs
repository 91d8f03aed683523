using Bifrost.Ledger.Money;

namespace Bifrost.KillTest;

/// <summary>The summary for people.</summary>
internal static class Report
{
    private const int ShownMax = 50;

    public static void Write(LedgerImage ledger, BillSums sums, LoadCounts counts, List<string> violations, (int Found, int Planted) faults)
    {
        Console.WriteLine($"calls    {counts}");
        Console.WriteLine($"bill     {sums.Lines} lines, {Usd(sums.Billed)}");
        Console.WriteLine($"entries  {ledger.Entries.Count}, {Usd(ledger.Entries.Sum(entry => entry.Cost))}: {sums.Exact} exact, {Usd(sums.ExactCost)}; "
            + $"{sums.Estimates} by estimate, {Usd(sums.EstimatedCost)} for {Usd(sums.EstimatedBill)} billed ({sums.EstimatesBelow} below the bill, by {Usd(sums.ShortfallOfEstimates)})");
        Console.WriteLine($"errors   {sums.Errors} error answers among the exact ones, {sums.ErrorsCharged} of them charged: {Usd(sums.ErrorsCost)} billed and booked");
        Console.WriteLine($"lost     {sums.Lost} tries in flight at a kill, {Usd(sums.LostCost)}; the oldest began {sums.LostAgeMax.TotalSeconds:F2} s before it");
        Console.WriteLine($"doubt    {Usd(sums.Doubt)}; overdraft {Usd(sums.Overdraft)}");
        foreach (var budget in ledger.Budgets)
            Console.WriteLine($"budget   {budget.Id,-8} limit {Usd(budget.Limit)}, posted {Usd(budget.Posted)}, leased {Usd(budget.Leased)}, doubt {Usd(budget.Doubt)}");
        foreach (var what in violations.Take(ShownMax)) Console.WriteLine($"VIOLATION {what}");
        Console.WriteLine(violations.Count == 0
            ? $"verdict  every call is accounted for to the nano-dollar ({faults.Found} of {faults.Planted} planted faults noticed)"
            : $"verdict  {violations.Count} VIOLATIONS");
    }

    private static string Usd(long nanos) => Nanos.ToUsd(nanos).ToString("0.#########", System.Globalization.CultureInfo.InvariantCulture) + " USD";
}
