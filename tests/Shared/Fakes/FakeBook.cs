using System.Collections.Concurrent;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>A book that holds at once, or when the test lets it, and remembers what it was told.</summary>
internal sealed class FakeBook : ILeaseBook
{
    private readonly ConcurrentQueue<TaskCompletionSource<HoldReply>> _waiting = [];

    public List<HoldRequest> Holds { get; } = [];
    public List<LedgerEntry> Entries { get; } = [];

    /// <summary>Attempts that it was told will end elsewhere.</summary>
    public List<Guid> Left { get; } = [];

    /// <summary>When true, holds wait for <see cref="AnswerNext"/>.</summary>
    public bool Waits { get; set; }

    /// <summary>When true, holds are answered in a later turn of another thread.</summary>
    public bool Later { get; set; }

    public Func<HoldRequest, HoldReply> Answer { get; set; } = request => new HoldReply(Lease, request.NeedNanos, null);

    public static Guid Lease { get; } = Guid.CreateVersion7();

    public bool MayAdmit { get; set; } = true;

    public long CatalogVersion => 0;

    public int Waiting => _waiting.Count;

    public ValueTask<HoldReply> HoldAsync(HoldRequest request, CancellationToken cancellationToken)
    {
        Holds.Add(request);
        if (Later) return LaterAsync(Answer(request));
        if (!Waits) return new(Answer(request));
        var reply = new TaskCompletionSource<HoldReply>();
        _waiting.Enqueue(reply);
        return new(reply.Task);
    }

    /// <summary>What the book is to say of every chain.</summary>
    public ChainRoom Room { get; set; }

    public ChainRoom RoomOf(BudgetChain chain) => Room;

    public void AnswerNext(HoldReply? reply = null) => Next().SetResult(reply ?? new HoldReply(Lease, 7, null));

    public void FailNext() => Next().SetException(new IOException("gone"));

    public Task PostAsync(LedgerEntry entry)
    {
        lock (Entries) Entries.Add(entry);
        return Task.CompletedTask;
    }

    public void Leave(Guid attemptId) => Left.Add(attemptId);

    public Task<long> CatalogBeyondAsync(long seen, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void TakeCatalog(long version, Func<BudgetChain, bool> stillFits) => throw new NotSupportedException();

    private static async ValueTask<HoldReply> LaterAsync(HoldReply reply)
    {
        await Task.Yield();
        return reply;
    }

    private TaskCompletionSource<HoldReply> Next()
    {
        Assert.True(_waiting.TryDequeue(out var next), "Nobody waits for credit.");
        return next;
    }

    /// <summary>What the book is to say of itself.</summary>
    public LeaseBookStats Statistics { get; set; }

    public LeaseBookStats Stats() => Statistics;
}
