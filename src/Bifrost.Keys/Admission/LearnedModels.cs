using Bifrost.Keys.Contracts;
using Bifrost.Ledger.Money;

namespace Bifrost.Keys.Admission;

/// <summary>What was learned of one model.</summary>
/// <param name="Ratio">Tokens per byte of prompts.</param>
/// <param name="Output">Length of answers.</param>
public readonly record struct LearnedModel(TokenRatio Ratio, OutputLength Output);

/// <summary>What was learned of each model that a key uses; bounded.</summary>
public sealed class LearnedModels(int modelsMax)
{
    private const int CharsOnStack = 256;

    // The number orders the entries by last use.
    private readonly Dictionary<string, (LearnedModel Learned, long UsedAs)> _models = new(StringComparer.Ordinal);
    private long _uses;

    /// <summary>Every model, by <c>provider/model</c>.</summary>
    public IEnumerable<KeyValuePair<string, LearnedModel>> All
    {
        get
        {
            foreach (var (model, (learned, _)) in _models) yield return new(model, learned);
        }
    }

    /// <summary>What is known of the model; default when nothing is.</summary>
    public LearnedModel Of(string model) => _models.TryGetValue(model, out var found) ? found.Learned : default;

    /// <summary>Learns from a try that told its usage.</summary>
    public void Learn(Settlement settlement)
    {
        if (settlement.Estimated) return;
        var ticket = settlement.Ticket;
        var output = settlement.Usage.CompletionTokens / Math.Max(1, ticket.Choices);
        var wasCut = ticket.Clamped && output >= ticket.OutputTokensSent;
        var before = Of(settlement.Provider, settlement.Model);
        var ratio = settlement.PromptBytes == 0 ? before.Ratio : before.Ratio.Learn(settlement.PromptBytes, settlement.Usage.PromptTokens);
        var after = new LearnedModel(ratio, before.Output.Learn(output, wasCut));
        if (after != before) Set(settlement.Provider + "/" + settlement.Model, after);
    }

    private LearnedModel Of(string provider, string model)
    {
        var length = provider.Length + 1 + model.Length;
        if (length > CharsOnStack) return Of(provider + "/" + model);
        Span<char> name = stackalloc char[length];
        provider.CopyTo(name);
        name[provider.Length] = '/';
        model.CopyTo(name[(provider.Length + 1)..]);
        return _models.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var found) ? found.Learned : default;
    }

    /// <summary>Takes over what was learned of a model unless something is known already.</summary>
    public void Merge(string model, LearnedModel learned)
    {
        if (!_models.ContainsKey(model)) Set(model, learned);
    }

    private void Set(string model, LearnedModel learned)
    {
        if (_models.Count >= modelsMax && !_models.ContainsKey(model)) _models.Remove(LeastRecent());
        _models[model] = (learned, ++_uses);
    }

    private string LeastRecent()
    {
        var (oldest, usedAs) = ("", long.MaxValue);
        foreach (var (model, entry) in _models)
            if (entry.UsedAs < usedAs) (oldest, usedAs) = (model, entry.UsedAs);
        return oldest;
    }
}
