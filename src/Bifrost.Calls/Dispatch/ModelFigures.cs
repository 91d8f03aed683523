using Bifrost.Calls.Contracts;

namespace Bifrost.Calls.Dispatch;

/// <summary>
/// What came of one provider's tries model by model, of a bounded number of models: callers name them, so further ones are counted together. Not
/// thread-safe: its owner guards it.
/// </summary>
internal sealed class ModelFigures(TimeProvider time)
{
    /// <summary>Models with figures of their own.</summary>
    internal const int KeptMax = 32;

    private const string Others = "";

    private readonly Dictionary<string, DispatchFigures> _byModel = new(StringComparer.Ordinal);

    public DispatchFigures Of(string model)
    {
        if (_byModel.TryGetValue(model, out var known)) return known;
        if (_byModel.Count >= KeptMax) ForgetIdle();
        if (_byModel.Count >= KeptMax && _byModel.TryGetValue(model = Others, out known)) return known;
        var figures = new DispatchFigures(time);
        _byModel.Add(model, figures);
        return figures;
    }

    /// <summary>The models with the most tries, those first.</summary>
    public ImmutableArray<ModelReport> Read(int max)
    {
        ForgetIdle();
        if (_byModel.Count == 0) return [];
        var busiest = _byModel.OrderByDescending(static each => each.Value.Calls).ThenBy(static each => each.Key, StringComparer.Ordinal).Take(max);
        return [.. busiest.Select(static each => new ModelReport { Model = each.Key, Figures = each.Value.Read() })];
    }

    private void ForgetIdle()
    {
        // Removing while walking is allowed on a dictionary.
        foreach (var (model, figures) in _byModel)
            if (figures.Calls == 0) _byModel.Remove(model);
    }
}
