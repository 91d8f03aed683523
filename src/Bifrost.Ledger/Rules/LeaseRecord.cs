using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Rules;

/// <summary>A lease's row in the hands of one transaction, which alone may change it.</summary>
public sealed class LeaseRecord
{
    public required Guid Id { get; init; }
    public Guid? HolderId { get; init; }
    public string VirtualKeyId { get; init; } = "";
    public ImmutableArray<ChainLink> Chain { get; init; } = [];
    public long GrantedNanos { get; set; }
    public long SettledNanos { get; set; }
    public long SpendUntilMs { get; set; }
    public required LeaseState State { get; set; }
    public long? DoubtAtMs { get; set; }

    /// <summary>Made by this transaction.</summary>
    public bool IsNew { get; init; }

    /// <summary>Changed by this transaction.</summary>
    public bool IsChanged { get; set; }

    /// <summary>True while new entries of this batch are not counted in it yet.</summary>
    public bool IsDue { get; set; }

    /// <summary>What those cost.</summary>
    public long DueNanos { get; set; }

    /// <summary>What their holds covered beyond their costs.</summary>
    public long DueFreedNanos { get; set; }

    /// <summary>True when no silo counts its holds any more: each entry frees its own.</summary>
    public bool IsLeft => State == LeaseState.Doubt || (State == LeaseState.Open && SpendUntilMs == 0);

    /// <summary>r(L): what the lease still covers.</summary>
    public long CoverNanos => State == LeaseState.Closed ? 0 : Math.Max(0, GrantedNanos - SettledNanos);

    public CreditLease ToView() => new()
    {
        Id = Id,
        HolderId = HolderId,
        VirtualKeyId = VirtualKeyId,
        Chain = [.. Chain.Select(link => new LeaseBudget(link.BudgetId, DateTimeOffset.FromUnixTimeMilliseconds(link.WindowStartMs)))],
        GrantedNanos = GrantedNanos,
        SettledNanos = SettledNanos,
        SpendUntil = DateTimeOffset.FromUnixTimeMilliseconds(SpendUntilMs),
        State = State,
        DoubtAt = DoubtAtMs is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
    };
}
