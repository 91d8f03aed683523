using System.Collections.Immutable;
using Bifrost.Ledger.Store;

namespace Bifrost.Testing;

/// <summary>A budget row of the reference store.</summary>
internal sealed class ModelBudget(BudgetDefinition definition, DateTimeOffset windowStart)
{
    public BudgetDefinition Definition { get; set; } = definition;
    public DateTimeOffset WindowStart { get; set; } = windowStart;
    public long PostedNanos { get; set; }
    public long LeasedNanos { get; set; }
    public long DoubtNanos { get; set; }
    public bool Retired { get; set; }

    /// <summary>Leases granted in the current window; from them the counters are counted again.</summary>
    public List<ModelLease> LeasesOfWindow { get; } = [];

    public long FreeNanos => Definition.LimitNanos - PostedNanos - LeasedNanos - DoubtNanos;
}

/// <summary>A lease row of the reference store.</summary>
internal sealed class ModelLease(Guid id, Guid holderId, string virtualKeyId)
{
    private long _grantedNanos;
    private LeaseState _state;

    public Guid Id { get; } = id;
    public Guid HolderId { get; } = holderId;
    public string VirtualKeyId { get; } = virtualKeyId;
    public ImmutableArray<(string BudgetId, DateTimeOffset WindowStart)> Chain { get; set; } = [];

    public long GrantedNanos
    {
        get => _grantedNanos;
        set
        {
            if (_state == LeaseState.Closed && value != _grantedNanos) throw new LedgerBrokenException("a closed lease changes only settled");
            _grantedNanos = value;
        }
    }

    public LeaseState State
    {
        get => _state;
        set
        {
            if (_state == LeaseState.Closed && value != _state) throw new LedgerBrokenException("a closed lease stays closed");
            _state = value;
        }
    }

    public long SettledNanos { get; set; }

    /// <summary>Counted apart from <see cref="SettledNanos"/>, entry by entry.</summary>
    public long EntriesNanos { get; set; }

    /// <summary>Sum of an operator's corrections upwards: they may pass a limit, also inside what was granted and freed in between.</summary>
    public long CorrectedUpNanos { get; set; }

    public DateTimeOffset SpendUntil { get; set; }
    public DateTimeOffset DoubtAt { get; set; }

    /// <summary>True when an operator gave its doubt up.</summary>
    public bool Released { get; set; }

    public long RemainingNanos => _state == LeaseState.Closed ? 0 : Math.Max(0, _grantedNanos - SettledNanos);
}

/// <summary>A holder row of the reference store.</summary>
internal sealed class ModelHolder
{
    public DateTimeOffset SeenUntil { get; set; }
    public bool Dead { get; set; }
    public long CatalogSeen { get; set; }
}

/// <summary>Rules that the reference store can leave out.</summary>
internal enum LedgerFlaw
{
    None,
    RefusalLeavesNoTombstone,
    CloseLeavesNoTombstone,
    NeverTrims,
    PostsAgain,
    SettlesIntoTheNextWindow,
    GrantsWhatItForgot,
}
