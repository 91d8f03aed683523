namespace Bifrost.KillTest;

/// <summary>One row of the log. Money is in nano-dollars.</summary>
internal sealed record EntryRow(
    Guid Attempt, Guid? Lease, int Kind, string Key, string Model, long Cost, long PromptTokens, long CompletionTokens, long CachedTokens, bool Estimated, int Status,
    Guid? Job)
{
    /// <summary>Booked by estimate, because the provider told no usage.</summary>
    public bool IsEstimate => Estimated || Kind != 0;
}

/// <summary>One credit lease; state 0 open, 1 doubt, 2 closed.</summary>
internal sealed record LeaseRow(Guid Id, string Key, IReadOnlyList<(string Budget, long Window)> Chain, long Granted, long Settled, int State)
{
    /// <summary>What it still covers.</summary>
    public long Rest => State == 2 ? 0 : Math.Max(0, Granted - Settled);

    public long Overdraft => Math.Max(0, Settled - Granted);
}

/// <summary>One budget in its current window.</summary>
internal sealed record BudgetRow(string Id, long Limit, long Window, long Posted, long Leased, long Doubt);

/// <summary>One job; status 0 pending, 1 running, from 2 on ended. Bytes of its request and of its result.</summary>
internal sealed record StoredJob(Guid Id, string Key, int Status, long BodyBytes, long ResultBytes);

/// <summary>The whole ledger as it stands in the store, with the jobs and what is counted of them.</summary>
internal sealed record LedgerImage(
    IReadOnlyList<EntryRow> Entries, IReadOnlyList<LeaseRow> Leases, IReadOnlyList<BudgetRow> Budgets, IReadOnlyList<StoredJob> Jobs,
    IReadOnlyList<(string Key, long Bytes)> KeptJobs);
