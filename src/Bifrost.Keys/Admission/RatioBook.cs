using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Admission;

/// <summary>Tokens per byte as learned for each model that a key uses; bounded.</summary>
public sealed class RatioBook(int ratiosMax)
{
    // The number orders the entries by last use.
    private readonly Dictionary<string, (TokenRatio Ratio, long UsedAs)> _ratios = new(StringComparer.Ordinal);
    private long _uses;

    /// <summary>Every ratio, by <c>provider/model</c>.</summary>
    public IEnumerable<KeyValuePair<string, TokenRatio>> All
    {
        get
        {
            foreach (var (model, (ratio, _)) in _ratios) yield return new(model, ratio);
        }
    }

    /// <summary>What is known of the model; default when nothing is.</summary>
    public TokenRatio Of(string model) => _ratios.TryGetValue(model, out var found) ? found.Ratio : default;

    public void Learn(string model, int promptBytes, long promptTokens)
    {
        var before = Of(model);
        var after = before.Learn(promptBytes, promptTokens);
        if (after != before) Set(model, after);
    }

    /// <summary>Takes over a ratio unless there is one already.</summary>
    public void Merge(string model, TokenRatio ratio)
    {
        if (!_ratios.ContainsKey(model)) Set(model, ratio);
    }

    private void Set(string model, TokenRatio ratio)
    {
        if (_ratios.Count >= ratiosMax && !_ratios.ContainsKey(model)) _ratios.Remove(LeastRecent());
        _ratios[model] = (ratio, ++_uses);
    }

    private string LeastRecent()
    {
        var (oldest, usedAs) = ("", long.MaxValue);
        foreach (var (model, entry) in _ratios)
            if (entry.UsedAs < usedAs) (oldest, usedAs) = (model, entry.UsedAs);
        return oldest;
    }
}
