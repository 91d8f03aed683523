namespace Bifrost.KillTest;

/// <summary>
/// The ledger against the upstream's bill, call by call. The rules: a reported usage is booked exactly; a try whose upstream told no usage is
/// booked by an estimate that is marked, and is compared by existence alone; an error instead of an answer is booked exactly what it says, nothing
/// where it says nothing; a try without an entry was in flight when its server was killed, and what it cost is covered by that server's leases in
/// doubt of the same chain of budgets.
/// </summary>
internal static class BillAudit
{
    /// <summary>The longest scripted call plus what a crowded machine adds. An older try had long ended, and its entry must have been durable.</summary>
    private static readonly TimeSpan s_inFlightMax = TimeSpan.FromSeconds(5);

    /// <param name="ledger">The store after the last server has ended.</param>
    /// <param name="bill">What the upstream charged for.</param>
    /// <param name="lives">Of all servers.</param>
    /// <param name="sums">What is counted on the way.</param>
    /// <param name="together">
    /// True for a cluster: a call that was lost with its front-end may be held by a silo that lived on, and whose lease is in doubt since.
    /// </param>
    public static List<string> Violations(
        LedgerImage ledger, IReadOnlyList<BillRow> bill, IReadOnlyList<Life> lives, BillSums sums, bool together = false)
    {
        var wrong = new List<string>();
        var open = ledger.Entries.ToDictionary(entry => entry.Attempt);
        var seen = new HashSet<Guid>();
        var lost = new Dictionary<(int Life, string Key), long>();
        foreach (var line in bill)
        {
            sums.Lines++;
            sums.Billed += line.Cost;
            if (!Guid.TryParse(line.RequestId, out var attempt)) wrong.Add($"the bill has a call without attempt id: '{line.RequestId}'");
            else if (!seen.Add(attempt)) wrong.Add($"attempt {attempt} was sent twice");
            else if (open.Remove(attempt, out var entry)) Compare(entry, line, sums, wrong);
            else Lose(attempt, line, lives, lost, sums, wrong);
        }

        foreach (var entry in open.Values)
            if (entry.Cost != 0) wrong.Add($"attempt {entry.Attempt} has an entry of {entry.Cost} and no line on the bill");
        if (together) Cover(ledger, [lives[0] with { Until = DateTimeOffset.MaxValue, Killed = lives.Any(life => life.Killed) }], Joined(lost), sums, wrong);
        else Cover(ledger, lives, lost, sums, wrong);
        return wrong;
    }

    private static Dictionary<(int Life, string Key), long> Joined(Dictionary<(int Life, string Key), long> lost) =>
        lost.GroupBy(each => (0, each.Key.Key)).ToDictionary(group => group.Key, group => group.Sum(each => each.Value));

    private static void Compare(EntryRow entry, BillRow line, BillSums sums, List<string> wrong)
    {
        if (entry.Key != line.Key || entry.Model != line.Model)
            wrong.Add($"attempt {entry.Attempt} is booked on {entry.Key} {entry.Model}, billed for {line.Key} {line.Model}");
        if (line.IsErrorAnswer)
        {
            sums.Errors++;
            sums.ErrorsCharged += line.UsageSent ? 1 : 0;
            sums.ErrorsCost += line.Cost;
        }

        if (!entry.IsEstimate)
        {
            sums.Exact++;
            sums.ExactCost += entry.Cost;
            var same = entry.PromptTokens == line.Usage.PromptTokens && entry.CompletionTokens == line.Usage.CompletionTokens
                && entry.CachedTokens == line.Usage.CachedReadTokens && entry.Cost == line.Cost;
            if (same) return;
            wrong.Add($"attempt {entry.Attempt} ({line.Model}, {line.Outcome}, status {entry.Status}): "
                + $"booked {entry.PromptTokens}/{entry.CompletionTokens}/{entry.CachedTokens} tokens and {entry.Cost}, "
                + $"billed {line.Usage.PromptTokens}/{line.Usage.CompletionTokens}/{line.Usage.CachedReadTokens} and {line.Cost}");
            return;
        }

        if (line.IsTold) wrong.Add($"attempt {entry.Attempt} ({line.Model}, {line.Outcome}) is booked by estimate though it was told what it costs");
        sums.Estimates++;
        sums.EstimatedCost += entry.Cost;
        sums.EstimatedBill += line.Cost;
        if (entry.Cost >= line.Cost) return;
        sums.EstimatesBelow++;
        sums.ShortfallOfEstimates += line.Cost - entry.Cost;
    }

    private static void Lose(
        Guid attempt, BillRow line, IReadOnlyList<Life> lives, Dictionary<(int Life, string Key), long> lost, BillSums sums, List<string> wrong)
    {
        var life = Life.Of(lives, attempt);
        if (life < 0 || !lives[life].Killed)
        {
            wrong.Add($"attempt {attempt} ({line.Model}, {line.Cost}) has no entry, and its server was not killed");
            return;
        }

        var age = (lives[life].CutOffAt ?? lives[life].Until) - Life.MadeAt(attempt);
        if (age > s_inFlightMax) wrong.Add($"attempt {attempt} ({line.Model}, {line.Cost}) has no entry and began {age.TotalSeconds:F1} s before the kill");
        if (age > sums.LostAgeMax) sums.LostAgeMax = age;
        sums.Lost++;
        sums.LostCost += line.Cost;
        lost[(life, line.Key)] = lost.GetValueOrDefault((life, line.Key)) + line.Cost;
    }

    private static void Cover(
        LedgerImage ledger, IReadOnlyList<Life> lives, Dictionary<(int Life, string Key), long> lost, BillSums sums, List<string> wrong)
    {
        var doubt = ledger.Leases.Where(lease => lease.State == 1)
            .GroupBy(lease => (Life.Of(lives, lease.Id), Key: lease.Chain.Count == 0 ? lease.Key : ChainOf(lease)))
            .ToDictionary(group => group.Key, group => group.Sum(lease => lease.Rest));
        sums.Doubt = doubt.Values.Sum();
        sums.Overdraft = ledger.Leases.Sum(lease => lease.Overdraft);
        var chainOfKey = ledger.Leases.Where(lease => lease.Key.Length > 0 && lease.Chain.Count > 0).GroupBy(lease => lease.Key)
            .ToDictionary(group => group.Key, group => ChainOf(group.First()));
        foreach (var group in lost.GroupBy(each => (each.Key.Life, Chain: chainOfKey.GetValueOrDefault(each.Key.Key, each.Key.Key))))
        {
            var cost = group.Sum(each => each.Value);
            var covered = doubt.GetValueOrDefault((group.Key.Life, group.Key.Chain));
            if (cost > covered) wrong.Add($"life {group.Key.Life + 1}: calls on {group.Key.Chain} lost {cost}, and its leases in doubt cover {covered}");
        }

        foreach (var (key, rest) in doubt)
            if (rest > 0 && (key.Item1 < 0 || !lives[key.Item1].Killed)) wrong.Add($"doubt of {rest} on {key.Key} belongs to no killed server");
    }

    /// <summary>A lease pays for every call of its chain, whichever key made them.</summary>
    private static string ChainOf(LeaseRow lease) => string.Join('+', lease.Chain.Select(link => link.Budget).Order(StringComparer.Ordinal));
}
