using System.Collections.Concurrent;

namespace Bifrost.Calls.Accounting;

/// <summary>
/// How fast models write, learned from whole answers for those whose data does not say. A rate bounds what an answer that was cut short may
/// have cost, so callers must not be able to teach a low one: only long answers teach, several must have come before the learned rate counts
/// alone, and it only rises. Thread-safe; bounded in number.
/// </summary>
internal sealed class OutputRates
{
    /// <summary>
    /// Tokens a second of a model of which nothing is known, and the least that is learned: a caller that reads slowly makes any answer slow.
    /// </summary>
    public const int Unknown = 500;

    /// <summary>Answers with fewer output tokens teach nothing: their time is mostly that of the prompt.</summary>
    public const int TeachingTokens = 256;

    /// <summary>Models beyond this are not learned.</summary>
    public const int ModelsMax = 1_024;

    private readonly ConcurrentDictionary<(string Provider, string Model), Learned> _models = new();

    /// <summary>The most tokens a second that one choice of the model writes.</summary>
    public long Of(string provider, string model)
    {
        if (!_models.TryGetValue((provider, model), out var learned)) return Unknown;
        return Math.Max(Unknown, Volatile.Read(ref learned.Fastest));
    }

    /// <summary>Learns from a whole answer with a usage that can be.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="model">Its name of the model.</param>
    /// <param name="tokens">Output tokens of one choice.</param>
    /// <param name="ms">Milliseconds from sending to the end.</param>
    public void Learn(string provider, string model, long tokens, long ms)
    {
        if (tokens < TeachingTokens) return;
        if (!_models.TryGetValue((provider, model), out var learned))
        {
            if (_models.Count >= ModelsMax) return;
            learned = _models.GetOrAdd((provider, model), static _ => new Learned());
        }

        // A quarter above the fastest seen.
        var rate = ((tokens * 1_250) + Math.Max(1, ms) - 1) / Math.Max(1, ms);
        var known = Volatile.Read(ref learned.Fastest);
        while (rate > known)
        {
            var before = Interlocked.CompareExchange(ref learned.Fastest, rate, known);
            if (before == known) break;
            known = before;
        }
    }

    private sealed class Learned
    {
        public long Fastest;
    }
}
