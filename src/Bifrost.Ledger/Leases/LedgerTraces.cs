using System.Diagnostics;

namespace Bifrost.Ledger.Leases;

/// <summary>Spans of the ledger's batches, which point to the calls whose entries they carry. Without a listener none is made.</summary>
public static class LedgerTraces
{
    public const string SourceName = "Bifrost.Ledger";

    /// <summary>Calls that one batch points to, at the most.</summary>
    internal const int LinksMax = 128;

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>The span of the call that runs here, where it is traced.</summary>
    internal static ActivityContext? Current => s_source.HasListeners() && Activity.Current is { Recorded: true } span ? span.Context : null;

    /// <summary>A batch on its way to the store.</summary>
    internal static Activity? Batch(BatchInFlight batch)
    {
        if (!s_source.HasListeners()) return null;
        var links = batch.Chunk?.Traces?.Select(static context => new ActivityLink(context));
        var span = s_source.StartActivity("ledger batch", ActivityKind.Client, default(ActivityContext), null, links);
        return span?.SetTag("bifrost.ledger.entries", batch.Batch.Posts.Length).SetTag("bifrost.ledger.acquires", batch.Batch.Acquires.Length);
    }
}
