namespace Bifrost.Server.Tests.Ledger;

/// <summary>Callers of one limit, all at once. Every crowd has owners, keys and a model name of its own.</summary>
/// <param name="Level">Who owns the limit.</param>
/// <param name="Kind">What is limited.</param>
/// <param name="Callers">How many call.</param>
/// <param name="Room">For how many calls there is room.</param>
/// <param name="HoldInCosts">What a call holds while it runs, in what it costs.</param>
internal sealed record Crowd(CrowdLevel Level, CrowdLimit Kind, int Callers, int Room, int HoldInCosts = 1)
{
    /// <summary>Keys that share a limit above the key.</summary>
    private const int SharingKeys = 5;

    private const int OutputTokens = 50;

    /// <summary>A prompt of no tokens is none that an upstream can be believed.</summary>
    private const int PromptTokens = 1;

    /// <summary>A call costs its output alone, so that it costs exactly what was told beforehand.</summary>
    public const long TokenNanos = 1_000_000;

    public const long CostNanos = OutputTokens * TokenNanos;

    public string Name { get; } = $"{Level}-{Kind}-{Callers}-{HoldInCosts}".ToLowerInvariant();

    /// <summary>The provider of this crowd alone where the limit is the provider's.</summary>
    public string Provider => Level == CrowdLevel.Provider ? Name : "sim";

    public string Model => $"sim-tokens-{PromptTokens}-out-{OutputTokens}-delay-30ms-tag-{Name}-end";

    public string Body => $$"""
        {"model":"{{Provider}}/{{Model}}","max_tokens":{{OutputTokens * HoldInCosts}},"messages":[{"role":"user","content":"Hello"}]}
        """;

    public int Keys => Level is CrowdLevel.Key or CrowdLevel.KeyProvider ? 1 : SharingKeys;

    public long LimitNanos => Room * CostNanos;

    /// <summary>Nearly one call's tokens more, which is what the estimate of a prompt holds and nobody uses.</summary>
    public long LimitTokens => (Room * (PromptTokens + OutputTokens)) + OutputTokens;

    /// <summary>
    /// How many can be paid one after the other: a call is admitted while what was spent and its own hold fit in the limit. With a hold above
    /// the cost the last ones do not fit.
    /// </summary>
    public int Payable => Room - HoldInCosts + 1;

    public static string Secret(string key) => $"sk-bf-crowd-{key}-0123456789abcdef";

    public string KeyName(int index) => $"{Name}-k{index}";
}

internal enum CrowdLevel
{
    Customer,
    Team,
    Key,
    KeyProvider,
    Provider,
    Model,
}

internal enum CrowdLimit
{
    Budget,
    Requests,
    Tokens,
}
