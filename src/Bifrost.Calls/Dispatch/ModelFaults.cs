namespace Bifrost.Calls.Dispatch;

/// <summary>
/// Tells a provider that fails from a model that fails: how many faults each model has had lately. Not thread-safe: its owner guards it.
/// </summary>
internal sealed class ModelFaults(TimeProvider time)
{
    /// <summary>Models beyond this are counted as one.</summary>
    private const int ModelsMax = 256;

    private readonly Dictionary<string, int> _now = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _before = new(StringComparer.Ordinal);
    private long _slice;

    /// <summary>
    /// Counts a fault of a model; true when it speaks against the provider: other models have failed at least half as often within the sampling
    /// time, and up to half of it before.
    /// </summary>
    public bool Count(string model, int samplingMs)
    {
        Turn(samplingMs);
        if (_now.Count >= ModelsMax && !_now.ContainsKey(model)) model = "";
        _now[model] = _now.GetValueOrDefault(model) + 1;
        long all = 0;
        foreach (var faults in _now.Values) all += faults;
        foreach (var faults in _before.Values) all += faults;
        var own = _now[model] + _before.GetValueOrDefault(model);
        return (all - own) * 2 >= own;
    }

    private void Turn(int samplingMs)
    {
        var slice = time.GetTimestamp() / Math.Max(1, time.TimestampFrequency * samplingMs / 1_000);
        if (slice == _slice) return;
        _before.Clear();
        if (slice == _slice + 1)
            foreach (var (model, faults) in _now) _before.Add(model, faults);
        _now.Clear();
        _slice = slice;
    }
}
