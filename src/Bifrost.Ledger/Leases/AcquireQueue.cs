using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>
/// Chains that want a lease: each stands here at most once and has at most one Acquire on its way, made for its first waiter, or for the
/// calls to come. Nothing is asked for before the store knows the holder. Guarded by the book's lock.
/// </summary>
internal sealed class AcquireQueue(LedgerOptions options, HolderGate gate, LeaseRegister leases, Func<Guid> newId)
{
    private const int AheadCallsMin = 4;
    private static readonly TimeSpan AheadTime = TimeSpan.FromSeconds(1);

    private readonly Queue<ChainCredit> _chains = new();

    /// <summary>Chains in the queue that have waiters.</summary>
    private int _urgent;

    public bool HasWork => _chains.Count > 0 && gate.Registered;

    /// <summary>True when a call waits for what could be asked now.</summary>
    public bool IsUrgent => _urgent > 0 && HasWork;

    public void Ask(ChainCredit chain)
    {
        if (chain.Asked is not null) return;
        if (!chain.AskQueued)
        {
            chain.AskQueued = true;
            _chains.Enqueue(chain);
        }

        if (chain.AskUrgent || chain.Waiters.Count == 0) return;
        chain.AskUrgent = true;
        _urgent++;
    }

    /// <summary>Asks for the next lease while the one in hand still pays, where calls come often enough to use it.</summary>
    public void AskAhead(ChainCredit chain, in HoldRequest request, TimeSpan now)
    {
        if (chain.Asked is not null || chain.AskQueued || now < chain.AheadFrom || chain.IsShort(now)) return;
        if (chain.Meter.Calls(now, options.WantSpan) < AheadCallsMin) return;
        if (chain.Paying(request.NeedNanos, now + AheadTime) is not null) return;
        if (chain.CapFor(request.NeedNanos, now, options.WantSpan) is not null) return;
        chain.AheadKeyId = request.VirtualKeyId;
        chain.AheadNanos = request.NeedNanos;
        Ask(chain);
    }

    /// <summary>
    /// The Acquires of the next batch; their leases are in the register from here on. What a chain may have is looked at here, since its holds
    /// have changed since it came into the queue.
    /// </summary>
    public ImmutableArray<AcquireCommand> Take(int max, CreditWaiters waiters, TimeSpan now)
    {
        if (!HasWork) return [];
        var taken = ImmutableArray.CreateBuilder<AcquireCommand>();
        while (taken.Count < max && _chains.TryDequeue(out var chain))
        {
            chain.AskQueued = false;
            if (chain.AskUrgent) _urgent--;
            chain.AskUrgent = false;
            waiters.RefuseCapped(chain, now);
            if (chain.Dropped || (chain.Waiters.First is null && chain.AheadKeyId is null)) continue;
            taken.Add(Make(chain, now));
            chain.AheadKeyId = null;
        }

        return taken.ToImmutable();
    }

    /// <summary>The silo stops: nothing more is asked for.</summary>
    public void Clear()
    {
        foreach (var chain in _chains) chain.AskQueued = chain.AskUrgent = false;
        _chains.Clear();
        _urgent = 0;
    }

    private AcquireCommand Make(ChainCredit chain, TimeSpan now)
    {
        var head = chain.Waiters.First;
        var need = head is null ? chain.AheadNanos : chain.PartOf(head.Nanos, head.LeastNanos, now, options.WantSpan);
        var isPart = head is not null && need < head.Nanos;
        var held = chain.IsShort(now) ? 0 : chain.Meter.Nanos(now, options.WantSpan);
        chain.NoteAcquire(now);
        var lease = new Lease(newId(), gate.HolderId, chain, head);
        leases.Add(lease);
        return new AcquireCommand
        {
            LeaseId = lease.Id,
            HolderId = lease.HolderId,
            VirtualKeyId = head?.VirtualKeyId ?? chain.AheadKeyId!,
            BudgetIds = chain.Chain.Ids,
            LeastNanos = head?.LeastNanos ?? need,
            NeedNanos = need,
            WantNanos = isPart ? need : Math.Min(Nanos.Max, Math.Max(need, Math.Max(held, chain.WaitingNanos))),
            OwnNanos = chain.HeldNanos,
        };
    }
}
