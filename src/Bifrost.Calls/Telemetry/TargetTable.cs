using System.Collections.Concurrent;
using Bifrost.Catalog.Model;

namespace Bifrost.Calls.Telemetry;

/// <summary>
/// The series of every target that was called, bounded whatever callers send: a model goes by the row of the price sheet that prices it, and one
/// that stands in no sheet goes into its provider's series <c>_OTHER</c>, unless there is room for names of callers. Thread-safe.
/// </summary>
internal sealed class TargetTable(CallMeterOptions options)
{
    private const string Other = "_OTHER";

    /// <summary>Longer names are nobody's models.</summary>
    private const int NameCharsMax = 128;

    private readonly ConcurrentDictionary<(string Provider, string Model), TargetSeries> _byName = new();
    private readonly Lock _adding = new();

    // Under _adding.
    private long _listed;
    private long _unlisted;

    private long _folded;

    /// <summary>Every series so far.</summary>
    public ICollection<TargetSeries> All => _byName.Values;

    /// <summary>Tries that were counted under <c>_OTHER</c>.</summary>
    public long Folded => Volatile.Read(ref _folded);

    public TargetSeries Of(CatalogSnapshot catalog, string provider, string model) =>
        _byName.TryGetValue((provider, model), out var known) ? known : ByRow(catalog, provider, model);

    private TargetSeries ByRow(CatalogSnapshot catalog, string provider, string model)
    {
        // A row's name in lower case: a caller may write it in many ways.
        var row = catalog.PricedAs(provider, model)[(provider.Length + 1)..];
        var isListed = row != "*" && catalog.PriceOf(provider, model) is not null;
        var name = isListed ? row.ToLowerInvariant() : model;
        if (_byName.TryGetValue((provider, name), out var known)) return known;
        if (name.Length <= NameCharsMax && MayAdd(isListed)) return _byName.GetOrAdd((provider, name), Made);
        Interlocked.Increment(ref _folded);
        return _byName.GetOrAdd((provider, Other), Made);
    }

    private bool MayAdd(bool isListed)
    {
        lock (_adding) return isListed ? _listed++ < options.ModelsMax : _unlisted++ < options.UnlistedModelsMax;
    }

    private static TargetSeries Made((string Provider, string Model) target) => new(target.Provider, target.Model);
}
