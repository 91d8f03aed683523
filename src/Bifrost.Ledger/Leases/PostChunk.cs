using System.Diagnostics;
using Bifrost.Ledger.Store;

namespace Bifrost.Ledger.Leases;

/// <summary>Entries that become durable together, in one batch, and tell it together.</summary>
internal sealed class PostChunk
{
    private const int EntriesUsually = 32;

    public ImmutableArray<LedgerEntry>.Builder Entries { get; } = ImmutableArray.CreateBuilder<LedgerEntry>(EntriesUsually);

    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Spans of the calls that the entries are of; null where none is traced.</summary>
    public List<ActivityContext>? Traces { get; private set; }

    /// <summary>True for entries whose texts were made plain because the store could not hold them.</summary>
    public bool Plain { get; init; }

    /// <summary>The chunk that these entries come from, which is done when this one is.</summary>
    public PostChunk? Origin { get; init; }

    /// <summary>A call that is traced has an entry here.</summary>
    public void Trace(ActivityContext call)
    {
        Traces ??= [];
        if (Traces.Count < LedgerTraces.LinksMax) Traces.Add(call);
    }

    public void Complete(bool durable)
    {
        Origin?.Complete(durable);
        if (durable) Done.SetResult();
        else Done.SetException(new InvalidOperationException("The ledger's store refuses an entry; its cost stays in doubt."));
    }

    public void Abandon() =>
        Done.TrySetException(new InvalidOperationException("The ledger stopped before its store took the entry."));
}
