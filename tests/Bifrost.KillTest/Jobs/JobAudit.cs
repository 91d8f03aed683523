namespace Bifrost.KillTest.Jobs;

/// <summary>The promise of jobs: every accepted id ends, what it answered can be read, and a completed job has its entry.</summary>
internal static class JobAudit
{
    public static IEnumerable<string> Violations(JobBook book, IReadOnlyDictionary<int, PolledJob> polled, LedgerImage ledger)
    {
        foreach (var what in book.Wrong) yield return what;
        if (book.Accepted.Count != book.Total) yield return $"only {book.Accepted.Count} of {book.Total} jobs were accepted";
        var answered = ledger.Entries.Where(entry => entry is { Job: not null, Status: 200 }).Select(entry => entry.Job!.Value).ToHashSet();
        foreach (var (number, id) in book.Accepted)
        {
            if (!polled.TryGetValue(number, out var job)) yield return $"job {id} never ended";
            else if (!job.Whole) yield return $"job {id} is {job.Status} and its answer cannot be read";
            else if (job.Status == "completed" && !answered.Contains(Guid.Parse(id))) yield return $"job {id} is completed and has no entry";
        }

        var known = book.Accepted.Values.Select(Guid.Parse).ToHashSet();
        foreach (var job in ledger.Jobs)
        {
            // An id that its submitter never heard of would have been heard of by the repetition under its idempotency key.
            if (!known.Contains(job.Id)) yield return $"the store has job {job.Id} (status {job.Status}) that no submission was answered with";
        }

        foreach (var what in KeptViolations(ledger)) yield return what;
    }

    /// <summary>What is counted as kept by each key's ended jobs is what they keep, whenever the store was left.</summary>
    public static IEnumerable<string> KeptViolations(LedgerImage ledger)
    {
        var sums = ledger.Jobs.Where(job => job.Status >= 2).GroupBy(job => job.Key)
            .ToDictionary(group => group.Key, group => group.Sum(job => job.BodyBytes + job.ResultBytes));
        var counted = ledger.KeptJobs.ToDictionary();
        foreach (var key in sums.Keys.Union(counted.Keys))
        {
            var (sum, bytes) = (sums.GetValueOrDefault(key), counted.GetValueOrDefault(key));
            if (sum != bytes) yield return $"the ended jobs of key {key} keep {sum} bytes, counted are {bytes}";
        }
    }

    /// <summary>Breaks what a sound run left in each way that this audit is for; answers how many it noticed.</summary>
    public static (int Found, int Planted) TryPlanted(JobBook book, IReadOnlyDictionary<int, PolledJob> polled, LedgerImage ledger)
    {
        var done = polled.First(job => job.Value.Status == "completed");
        var id = Guid.Parse(done.Value.Id);
        (IReadOnlyDictionary<int, PolledJob> Polled, LedgerImage Ledger)[] planted =
        [
            (polled.Where(job => job.Key != done.Key).ToDictionary(), ledger),
            (polled.ToDictionary(job => job.Key, job => job.Key == done.Key ? job.Value with { Whole = false } : job.Value), ledger),
            (polled, ledger with { Entries = [.. ledger.Entries.Where(entry => entry.Job != id)] }),
            (polled, ledger with { Jobs = [.. ledger.Jobs, new StoredJob(Guid.CreateVersion7(), Scenario.Keys[0], 2, 0, 0)] }),
            (polled, ledger with { KeptJobs = [.. ledger.KeptJobs.Skip(1)] }),
            (polled, ledger with { KeptJobs = [.. ledger.KeptJobs.Select(kept => kept with { Bytes = kept.Bytes + 1 })] }),
        ];
        return (planted.Count(each => Violations(book, each.Polled, each.Ledger).Any()), planted.Length);
    }
}
