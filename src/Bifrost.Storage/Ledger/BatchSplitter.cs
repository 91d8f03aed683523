using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;

namespace Bifrost.Storage.Ledger;

/// <summary>
/// Runs a batch in one transaction, and command by command when one of them cannot be stored at all, so that the others of the batch are stored.
/// Every command is safe to repeat, so nothing is lost when the batch breaks off between two of them.
/// </summary>
internal sealed class BatchSplitter(Func<LedgerBatch, CancellationToken, Task<LedgerBatchReply>> runOnce, ILogger log)
{
    public async Task<LedgerBatchReply> RunAsync(LedgerBatch batch, CancellationToken cancel)
    {
        try
        {
            return await runOnce(batch, cancel);
        }
        catch (InvalidCommandException invalid)
        {
            Log.BatchRunsSingly(log, batch.Count, invalid.Message);
            return await RunSinglyAsync(batch, cancel);
        }
    }

    private async Task<LedgerBatchReply> RunSinglyAsync(LedgerBatch batch, CancellationToken cancel)
    {
        var reply = await runOnce(new LedgerBatch(), cancel);
        var invalid = ImmutableArray.CreateBuilder<InvalidPost>();
        var acquires = ImmutableArray.CreateBuilder<AcquireReply>(batch.Acquires.Length);
        for (var i = 0; i < batch.Posts.Length; i++)
        {
            var (one, why) = await TryAsync(new LedgerBatch { Posts = [batch.Posts[i]] }, cancel);
            if (one is { InvalidPosts: [var post] }) why = post.Why;
            if (why is null) continue;
            Log.EntryInvalid(log, batch.Posts[i].AttemptId, why);
            invalid.Add(new InvalidPost(i, why));
        }

        foreach (var command in batch.GiveBacks) await TryAsync(new LedgerBatch { GiveBacks = [command] }, cancel);
        foreach (var command in batch.Acquires)
        {
            // A chain that names what no database can hold names no budget.
            var (one, _) = await TryAsync(new LedgerBatch { Acquires = [command] }, cancel);
            acquires.Add(one?.Acquires[0] ?? new AcquireRefused(AcquireRefusal.BudgetUnknown, []));
        }

        return reply with { Acquires = acquires.MoveToImmutable(), InvalidPosts = invalid.DrainToImmutable() };
    }

    private async Task<(LedgerBatchReply? Reply, string? Why)> TryAsync(LedgerBatch one, CancellationToken cancel)
    {
        try
        {
            return (await runOnce(one, cancel), null);
        }
        catch (InvalidCommandException invalid)
        {
            return (null, invalid.Message);
        }
    }
}
