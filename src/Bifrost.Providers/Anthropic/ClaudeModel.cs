namespace Bifrost.Providers.Anthropic;

/// <summary>What one generation of a model family takes: a row of data.</summary>
internal sealed record ClaudeModel
{
    /// <summary>The most output tokens of one answer: the limit that is sent where neither the request nor its admission names a lower one.</summary>
    public required int OutputTokensMax { get; init; }

    public ThinkingControl Thinking { get; init; }

    /// <summary>How thinking is turned off where it is on by itself.</summary>
    public ThinkingOff Off { get; init; }

    /// <summary>Whether it thinks unless it is told not to.</summary>
    public bool ThinksByDefault { get; init; }

    public ForcedTools Forced { get; init; } = ForcedTools.WithoutThinking;

    /// <summary>Whether temperature, top_p and top_k are taken.</summary>
    public bool Samples { get; init; } = true;

    /// <summary>Whether of temperature and top_p only one is taken.</summary>
    public bool SamplesByOne { get; init; } = true;

    /// <summary>Whether the last message may be the beginning of the answer.</summary>
    public bool Prefills { get; init; }

    /// <summary>Whether answers and strict tools can be bound to a schema.</summary>
    public bool BindsToSchema { get; init; } = true;

    /// <summary>The word for the effort above <c>high</c>.</summary>
    public string EffortAboveHigh { get; init; } = "xhigh";

    /// <summary>Whether its thinking can be sent back to itself only.</summary>
    public bool OwnThinkingOnly { get; init; }
}

/// <summary>How a model is told to think.</summary>
internal enum ThinkingControl
{
    /// <summary>It cannot.</summary>
    None,

    /// <summary>By a budget of tokens.</summary>
    Budget,

    /// <summary>By a word for the effort.</summary>
    Effort,
}

/// <summary>How thinking is turned off.</summary>
internal enum ThinkingOff
{
    /// <summary>By saying nothing: it does not think by itself.</summary>
    Silent,
    Disabled,

    /// <summary>It can be kept to what comes between calls of tools.</summary>
    BetweenTools,

    /// <summary>It cannot; the lowest effort is the least.</summary>
    Never,
}

/// <summary>When a request may force a tool to be called.</summary>
internal enum ForcedTools
{
    WithoutThinking,
    Always,
    Never,
}
