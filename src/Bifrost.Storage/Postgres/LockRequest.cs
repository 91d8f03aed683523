using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Postgres;

/// <summary>What one ledger transaction will look at, known before it begins. The leases bring the budgets of their chains along.</summary>
internal sealed class LockRequest
{
    public HashSet<Guid> Leases { get; } = [];
    public HashSet<string> Budgets { get; } = new(StringComparer.Ordinal);
    public HashSet<Guid> Attempts { get; } = [];
    public HashSet<Guid> Holders { get; } = [];
    public HashSet<string> Keys { get; } = new(StringComparer.Ordinal);

    public static LockRequest Of(LedgerBatch batch)
    {
        var request = new LockRequest();
        foreach (var post in batch.Posts) request.Add(post);
        foreach (var command in batch.GiveBacks)
        {
            request.Leases.Add(command.LeaseId);
            foreach (var hold in command.Holds) request.Attempts.Add(hold.AttemptId);
        }

        foreach (var command in batch.Acquires)
        {
            request.Leases.Add(command.LeaseId);
            request.Holders.Add(command.HolderId);
            request.Keys.Add(command.VirtualKeyId);
            foreach (var id in command.BudgetIds) request.Budgets.Add(id);
        }

        return request;
    }

    public LockRequest Add(LedgerEntry entry)
    {
        Attempts.Add(entry.AttemptId);
        if (entry.LeaseId is { } lease) Leases.Add(lease);
        return this;
    }

    public LockRequest Add(Guid leaseId)
    {
        Leases.Add(leaseId);
        return this;
    }
}
