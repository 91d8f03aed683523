using Bifrost.Chat.Usage;

namespace Bifrost.Calls.Telemetry;

/// <summary>What is counted of one provider and model, and the labels that its series have. Thread-safe.</summary>
internal sealed class TargetSeries
{
    public const string OperationLabel = "gen_ai.operation.name";
    public const string ProviderLabel = "gen_ai.provider.name";
    public const string ModelLabel = "gen_ai.request.model";
    public const string ErrorLabel = "error.type";

    private const string TokenLabel = "gen_ai.token.type";

    private readonly KeyValuePair<string, object?>[] _target;
    private readonly KeyValuePair<string, object?>[] _call;
    private readonly KeyValuePair<string, object?>[] _input;
    private readonly KeyValuePair<string, object?>[] _output;
    private readonly KeyValuePair<string, object?>[][] _kinds;
    private readonly KeyValuePair<string, object?>[] _names;

    // Interlocked.
    private long _prompt;
    private long _completion;
    private long _cachedRead;
    private long _cachedWrite;
    private long _reasoning;
    private long _costNanos;
    private long _retries;
    private long _fallbacks;

    public TargetSeries(string provider, string model)
    {
        (Provider, Model) = (provider, model);
        _target = [new(ProviderLabel, provider), new(ModelLabel, model)];
        _call = [new(OperationLabel, "chat"), .. _target];
        _input = [.. _call, new(TokenLabel, "input")];
        _output = [.. _call, new(TokenLabel, "output")];
        _names = [new("provider", provider), new("model", model), new("method", "chat_completion")];
        _kinds = [Kind("input"), Kind("output"), Kind("cached_read"), Kind("cached_write"), Kind("reasoning")];
    }

    public string Provider { get; }
    public string Model { get; }

    /// <summary>Provider and model.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Target => _target;

    /// <summary>Those, and what was asked for.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Call => _call;

    public ReadOnlySpan<KeyValuePair<string, object?>> Input => _input;
    public ReadOnlySpan<KeyValuePair<string, object?>> Output => _output;

    /// <summary>The target by Bifrost's labels.</summary>
    public ReadOnlySpan<KeyValuePair<string, object?>> Names => _names;

    public long Prompt => Volatile.Read(ref _prompt);
    public long Completion => Volatile.Read(ref _completion);
    public long CostNanos => Volatile.Read(ref _costNanos);
    public long Retries => Volatile.Read(ref _retries);
    public long Fallbacks => Volatile.Read(ref _fallbacks);

    /// <summary>Kinds of tokens with their labels; cached and reasoning ones are among input and output.</summary>
    public IEnumerable<(long Tokens, KeyValuePair<string, object?>[] Labels)> Tokens =>
    [
        (Prompt, _kinds[0]),
        (Completion, _kinds[1]),
        (Volatile.Read(ref _cachedRead), _kinds[2]),
        (Volatile.Read(ref _cachedWrite), _kinds[3]),
        (Volatile.Read(ref _reasoning), _kinds[4]),
    ];

    /// <summary>A try was booked.</summary>
    public void Book(in TokenUsage usage, long costNanos)
    {
        Interlocked.Add(ref _prompt, usage.PromptTokens);
        Interlocked.Add(ref _completion, usage.CompletionTokens);
        if (usage.CachedReadTokens > 0) Interlocked.Add(ref _cachedRead, usage.CachedReadTokens);
        if (usage.CachedWriteTokens > 0) Interlocked.Add(ref _cachedWrite, usage.CachedWriteTokens);
        if (usage.ReasoningTokens > 0) Interlocked.Add(ref _reasoning, usage.ReasoningTokens);
        Interlocked.Add(ref _costNanos, costNanos);
    }

    /// <summary>A target is tried again.</summary>
    public void Retry() => Interlocked.Increment(ref _retries);

    /// <summary>It is tried because the one before it failed.</summary>
    public void Fallback() => Interlocked.Increment(ref _fallbacks);

    private KeyValuePair<string, object?>[] Kind(string word) => [.. _target, new("kind", word)];
}
