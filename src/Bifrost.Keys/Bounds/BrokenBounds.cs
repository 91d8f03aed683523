using System.Collections.Concurrent;
using Bifrost.Catalog.Model;
using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Signals;

namespace Bifrost.Keys.Bounds;

/// <summary>
/// Models that charged more than their bound, as this silo acts on them: what the catalog says, and at once what this silo saw itself and
/// the catalog does not say yet. One per process, safe for many calls at once.
/// </summary>
public sealed class BrokenBounds(ICatalog catalog, TimeProvider time)
{
    /// <summary>A factor is not told beyond this: the model is refused long before.</summary>
    private const int ThousandthsLast = 1_000_000;

    private const int Whole = 1_000;

    private readonly ConcurrentDictionary<string, BrokenBound> _pending = new(StringComparer.OrdinalIgnoreCase);

    internal AsyncSignal Raised { get; } = new();

    /// <summary>What the catalog does not say yet.</summary>
    internal ICollection<BrokenBound> Pending => _pending.Values;

    /// <summary>What the bound of a model is multiplied by, in thousandths; at least 1 000.</summary>
    /// <param name="model"><c>provider/model</c>.</param>
    public int Of(string model)
    {
        var known = catalog.Current.BrokenBounds.TryGetValue(model, out var stored) ? stored.Thousandths : Whole;
        return !_pending.IsEmpty && _pending.TryGetValue(model, out var pending) ? Math.Max(known, pending.Thousandths) : known;
    }

    /// <summary>Reports a call that broke its bound. What was cut to what the model can do is an estimate, and breaks it all the same.</summary>
    public void Judge(Settlement settlement)
    {
        var ticket = settlement.Ticket;
        if (settlement.CostNanos <= ticket.BoundNanos || (settlement.Estimated && !settlement.AboveBound)) return;
        Report(catalog.Current.PricedAs(settlement.Provider, settlement.Model), settlement.CostNanos, ticket.BoundNanos, ticket.BoundThousandths);
    }

    /// <summary>A call charged more than the bound it was held at: the next ones are held higher by as much.</summary>
    /// <param name="model"><c>provider/model</c>.</param>
    /// <param name="chargedNanos">What it charged.</param>
    /// <param name="boundNanos">The bound that it was held at; 0: none.</param>
    /// <param name="thousandths">What that bound was multiplied by: calls that ran at once raise it to the highest, not by their product.</param>
    public void Report(string model, long chargedNanos, long boundNanos, int thousandths)
    {
        if (boundNanos <= 0 || chargedNanos <= boundNanos) return;
        var raised = (int)Int128.Min(ThousandthsLast, (((Int128)Math.Max(Whole, thousandths) * chargedNanos) + boundNanos - 1) / boundNanos);
        if (raised <= Of(model)) return;
        var news = new BrokenBound { Model = model, Thousandths = raised, At = time.GetUtcNow() };
        _pending.AddOrUpdate(model, news, (_, known) => known.Thousandths >= raised ? known : news);
        Raised.Pulse();
    }

    /// <summary>The catalog says as much now.</summary>
    internal void Told(BrokenBound told) => _pending.TryRemove(new(told.Model, told));
}
