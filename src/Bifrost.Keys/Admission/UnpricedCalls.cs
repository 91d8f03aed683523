using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Bifrost.Keys.Admission;

/// <summary>
/// Calls of models without a price that were admitted all the same, as far as this process settled them: counted by model in memory and as a
/// metric, with one log line a model. Thread-safe.
/// </summary>
public sealed class UnpricedCalls
{
    /// <summary>The most models that are told apart; callers choose their names.</summary>
    public const int ModelsMax = 200;

    /// <summary>Stands for all further models.</summary>
    public const string OtherModels = "*";

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Provider, string Model), UnpricedModel> _models = [];
    private readonly Counter<long> _calls;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public UnpricedCalls(IMeterFactory meters, TimeProvider time, ILogger<UnpricedCalls> log)
    {
        (_time, _log) = (time, log);
        _calls = meters.Create("Bifrost.Keys").CreateCounter<long>(
            "bifrost.calls.unpriced", "{call}", "Calls of models without a price, which are booked at no cost, by provider and model.");
    }

    /// <summary>Counts a call that ended.</summary>
    public void Count(string provider, string model)
    {
        var now = _time.GetUtcNow();
        bool isNew;
        lock (_gate)
        {
            if (_models.Count >= ModelsMax && !_models.ContainsKey((provider, model))) model = OtherModels;
            isNew = !_models.TryGetValue((provider, model), out var known);
            _models[(provider, model)] = (known ?? new UnpricedModel(provider, model, 0, now, now)) with { Calls = (known?.Calls ?? 0) + 1, LastAt = now };
        }

        _calls.Add(1, new KeyValuePair<string, object?>("provider", provider), new KeyValuePair<string, object?>("model", model));
        if (isNew) Log.ModelUnpriced(_log, provider, model);
    }

    /// <summary>What was counted since the start of the process, in no order.</summary>
    public ImmutableArray<UnpricedModel> All()
    {
        lock (_gate) return [.. _models.Values];
    }
}

/// <summary>Calls of one model without a price.</summary>
public sealed record UnpricedModel(string Provider, string Model, long Calls, DateTimeOffset FirstAt, DateTimeOffset LastAt);
