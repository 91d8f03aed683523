using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Money;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Rules;

/// <summary>
/// The commands of the ledger on locked rows at one moment of the store's clock. Pure: both databases only bring the rows and take them
/// back. The rules are the ledger page's, line by line.
/// </summary>
/// <param name="rows">The rows, locked.</param>
/// <param name="nowMs">The store's clock, read after the locks were taken.</param>
/// <param name="forgotten">Which leases the sweeps of this store may have deleted; <see cref="ForgottenLeases.Standard"/> when null.</param>
public sealed class LedgerTransaction(ILedgerRows rows, long nowMs, ForgottenLeases? forgotten = null)
{
    private static readonly long TermMs = (long)LedgerLimits.LeaseTerm.TotalMilliseconds;
    private readonly ForgottenLeases _forgotten = forgotten ?? ForgottenLeases.Standard;

    public LedgerBatchReply Run(LedgerBatch batch)
    {
        var (posts, invalid) = Valid(batch.Posts);
        Post(posts.AsSpan());
        foreach (var command in batch.GiveBacks) GiveBack(command);
        var replies = ImmutableArray.CreateBuilder<AcquireReply>(batch.Acquires.Length);
        foreach (var command in batch.Acquires) replies.Add(Acquire(command));
        return new LedgerBatchReply
        {
            Now = DateTimeOffset.FromUnixTimeMilliseconds(nowMs),
            Acquires = replies.DrainToImmutable(),
            InvalidPosts = invalid,
        };
    }

    public void GiveBack(GiveBack command)
    {
        var lease = LeaseOrTombstone(command.LeaseId);
        if (lease.State == LeaseState.Closed) return;
        if (command.Kind == GiveBackKind.Doubt)
        {
            Doubt(lease);
            return;
        }

        if (command.Kind == GiveBackKind.Leave)
        {
            Leave(lease, command);
            return;
        }

        var close = command.Kind == GiveBackKind.Close;
        var keep = close ? 0 : Math.Max(0, command.KeepNanos);
        var granted = Math.Min(lease.GrantedNanos, Math.Max(lease.SettledNanos, keep));
        Change(lease, granted, lease.SettledNanos, close ? LeaseState.Closed : lease.State, 0);
    }

    /// <summary>Only what running calls hold stays granted; an entry that was posted meanwhile has told already what its call held.</summary>
    private void Leave(LeaseRecord lease, GiveBack command)
    {
        var keep = Math.Max(0, command.KeepNanos);
        foreach (var hold in command.Holds)
            if (!rows.IsEntryKnown(hold.AttemptId)) keep = checked(keep + hold.Nanos);
        var granted = Math.Min(lease.GrantedNanos, checked(lease.SettledNanos + keep));
        lease.SpendUntilMs = 0;
        Change(lease, granted, lease.SettledNanos, granted > lease.SettledNanos ? lease.State : LeaseState.Closed, 0);
    }

    /// <summary>An open lease goes in doubt; any other stays as it is.</summary>
    public void Doubt(LeaseRecord lease)
    {
        if (lease.State != LeaseState.Open) return;
        lease.DoubtAtMs = nowMs;
        Change(lease, lease.GrantedNanos, lease.SettledNanos, LeaseState.Doubt, 0);
    }

    /// <summary>Unlike a post, a correction of an unknown lease is refused: it is no spend that must not be lost.</summary>
    public AdjustReply Adjust(LedgerEntry entry)
    {
        if (rows.IsEntryKnown(entry.AttemptId)) return AdjustReply.Booked;
        if (entry.LeaseId is { } leaseId)
        {
            if (rows.Lease(leaseId) is not { } lease) return AdjustReply.UnknownLease;
            var settled = checked(lease.SettledNanos + entry.CostNanos);
            if (settled < 0) return AdjustReply.BelowZero;
            Change(lease, lease.GrantedNanos, settled, lease.State, entry.CostNanos);
        }

        rows.AddEntries([entry], nowMs, new bool[1]);
        return AdjustReply.Booked;
    }

    /// <summary>Gives a lease's doubt up for lost, once no call of it can still tell.</summary>
    public ReleaseReply Release(Guid leaseId, long longestCallMs)
    {
        if (rows.Lease(leaseId) is not { } lease) return ReleaseReply.Unknown;
        if (lease.State == LeaseState.Closed) return ReleaseReply.Released;
        if (lease.State == LeaseState.Open) return ReleaseReply.NotInDoubt;
        if (nowMs <= lease.DoubtAtMs + longestCallMs) return ReleaseReply.TooEarly;
        GiveBack(Store.GiveBack.Close(leaseId));
        return ReleaseReply.Released;
    }

    private static (ImmutableArray<LedgerEntry> Valid, ImmutableArray<InvalidPost> Invalid) Valid(ImmutableArray<LedgerEntry> posts)
    {
        var invalid = ImmutableArray.CreateBuilder<InvalidPost>(0);
        for (var i = 0; i < posts.Length; i++)
            if (posts[i].CostNanos < 0) invalid.Add(new InvalidPost(i, "The cost of a call is never negative."));
        return (invalid.Count == 0 ? posts : posts.RemoveAll(post => post.CostNanos < 0), invalid.DrainToImmutable());
    }

    /// <summary>The sum of a lease's new costs changes it and its budgets once.</summary>
    private void Post(ReadOnlySpan<LedgerEntry> entries)
    {
        if (entries.IsEmpty) return;
        var isNew = new bool[entries.Length];
        rows.AddEntries(entries, nowMs, isNew);
        var due = new List<LeaseRecord>();
        LeaseRecord? last = null;
        for (var i = 0; i < entries.Length; i++)
        {
            if (!isNew[i] || entries[i].LeaseId is not { } leaseId) continue;
            var lease = last?.Id == leaseId ? last : LeaseOrTombstone(leaseId);
            if (!lease.IsDue) due.Add(lease);
            lease.IsDue = true;
            lease.DueNanos = checked(lease.DueNanos + entries[i].CostNanos);
            lease.DueFreedNanos = checked(lease.DueFreedNanos + Math.Max(0, entries[i].HoldNanos - entries[i].CostNanos));
            last = lease;
        }

        foreach (var lease in due)
        {
            var (cost, freed) = (lease.DueNanos, lease.IsLeft ? lease.DueFreedNanos : 0);
            (lease.IsDue, lease.DueNanos, lease.DueFreedNanos) = (false, 0, 0);
            if (cost == 0 && freed == 0) continue;
            var settled = checked(lease.SettledNanos + cost);
            var granted = Math.Max(0, lease.GrantedNanos - freed);
            Change(lease, granted, settled, lease.IsLeft && settled >= granted ? LeaseState.Closed : lease.State, cost);
        }
    }

    private AcquireReply Acquire(AcquireCommand command)
    {
        if (rows.Lease(command.LeaseId) is { } known)
        {
            return known is { State: LeaseState.Open, IsLeft: false }
                ? new LeaseGranted(known.GrantedNanos, known.SettledNanos, TimeSpan.FromMilliseconds(known.SpendUntilMs - nowMs))
                : new LeaseNotOpen(known.State);
        }

        // The tombstone of this lease may be deleted already; a lease of that age is closed.
        if (_forgotten.MayBe(command.LeaseId, nowMs)) return new LeaseNotOpen(LeaseState.Closed);
        if (!rows.IsHolderLive(command.HolderId)) return Refuse(command, AcquireRefusal.HolderDead, []);
        if (rows.IsKeyInactive(command.VirtualKeyId)) return Refuse(command, AcquireRefusal.KeyInactive, []);
        var chain = new BudgetRecord[command.BudgetIds.Length];
        for (var i = 0; i < chain.Length; i++)
        {
            if (rows.Budget(command.BudgetIds[i]) is not { } budget) return Refuse(command, AcquireRefusal.BudgetUnknown, []);
            budget.Roll(nowMs);
            chain[i] = budget;
        }

        return Grant(command, chain);
    }

    private AcquireReply Grant(AcquireCommand command, BudgetRecord[] chain)
    {
        var need = Math.Max(0, command.NeedNanos);
        var least = command.LeastNanos > 0 ? Math.Min(command.LeastNanos, need) : need;
        var free = long.MaxValue;
        var spendUntilMs = nowMs + TermMs;
        foreach (var budget in chain)
        {
            if (budget.Retired) return Refuse(command, AcquireRefusal.BudgetRetired, [budget.ToNumbers()]);
            free = Math.Min(free, budget.FreeNanos);
            spendUntilMs = Math.Min(spendUntilMs, budget.WindowEndMs);
        }

        var numbers = ImmutableArray.CreateBuilder<BudgetNumbers>(chain.Length);
        foreach (var budget in chain) numbers.Add(budget.ToNumbers());
        if (free < least) return Refuse(command, AcquireRefusal.TooLittle, numbers.MoveToImmutable());
        var granted = Granted(command, least, need, free);
        var links = ImmutableArray.CreateBuilder<ChainLink>(chain.Length);
        foreach (var budget in chain)
        {
            budget.LeasedNanos += granted;
            budget.IsChanged = true;
            links.Add(new ChainLink(budget.Id, budget.WindowStartMs));
        }

        rows.Insert(new LeaseRecord
        {
            Id = command.LeaseId,
            HolderId = command.HolderId,
            VirtualKeyId = command.VirtualKeyId,
            Chain = links.MoveToImmutable(),
            GrantedNanos = granted,
            SpendUntilMs = spendUntilMs,
            State = LeaseState.Open,
            IsNew = true,
        });
        return new LeaseGranted(granted, 0, TimeSpan.FromMilliseconds(spendUntilMs - nowMs)) { Budgets = numbers.MoveToImmutable() };
    }

    /// <summary>
    /// The need and a little more while the need is within the chain's share, else the share: at least <paramref name="least"/>, at most
    /// <paramref name="free"/>, which is not less.
    /// </summary>
    private static long Granted(AcquireCommand command, long least, long need, long free)
    {
        var own = Math.Clamp(command.OwnNanos, 0, Nanos.Max);
        var share = Math.Max(least, (long)(((Int128)free + own) / LedgerLimits.ChainShare) - own);
        if (need > share) return share;
        return need + Math.Max(0, Math.Min(command.WantNanos - need, (free - need) / LedgerLimits.ExtraShare));
    }

    private AcquireRefused Refuse(AcquireCommand command, AcquireRefusal reason, ImmutableArray<BudgetNumbers> budgets)
    {
        rows.Insert(new LeaseRecord
        {
            Id = command.LeaseId,
            HolderId = command.HolderId,
            VirtualKeyId = command.VirtualKeyId,
            State = LeaseState.Closed,
            IsNew = true,
        });
        return new AcquireRefused(reason, budgets);
    }

    private LeaseRecord LeaseOrTombstone(Guid id)
    {
        if (rows.Lease(id) is { } lease) return lease;
        var tombstone = new LeaseRecord { Id = id, State = LeaseState.Closed, IsNew = true };
        rows.Insert(tombstone);
        return tombstone;
    }

    /// <summary>
    /// Brings a lease to new numbers and moves its budgets along: what was posted is added, what it covered leaves the column of its old
    /// state, what it covers now enters that of its new one. Budgets whose window has moved on are no longer its.
    /// </summary>
    private void Change(LeaseRecord lease, long grantedNanos, long settledNanos, LeaseState state, long postedNanos)
    {
        var (from, before) = (lease.State, lease.CoverNanos);
        (lease.GrantedNanos, lease.SettledNanos, lease.State, lease.IsChanged) = (grantedNanos, settledNanos, state, true);
        var after = lease.CoverNanos;
        foreach (var link in lease.Chain)
        {
            if (rows.Budget(link.BudgetId) is not { } budget || budget.WindowStartMs != link.WindowStartMs) continue;
            budget.PostedNanos = checked(budget.PostedNanos + postedNanos);
            Add(budget, from, -before);
            Add(budget, state, after);
            budget.IsChanged = true;
            if (budget.PostedNanos < 0 || budget.LeasedNanos < 0 || budget.DoubtNanos < 0)
                throw new BudgetBelowZeroException($"Lease {lease.Id} would bring budget {budget.Id} below zero.");
        }
    }

    private static void Add(BudgetRecord budget, LeaseState column, long nanos)
    {
        if (column == LeaseState.Open) budget.LeasedNanos = checked(budget.LeasedNanos + nanos);
        else if (column == LeaseState.Doubt) budget.DoubtNanos = checked(budget.DoubtNanos + nanos);
    }
}
