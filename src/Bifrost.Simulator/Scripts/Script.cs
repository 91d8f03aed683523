namespace Bifrost.Simulator.Scripts;

/// <summary>What one model name asks for, as <see cref="ScriptParser"/> reads it.</summary>
internal sealed record Script(string Name)
{
    /// <summary>Length of one word of a sized answer, its space included: two tokens.</summary>
    public const int WordBytes = 8;

    public ContentKind Content { get; init; }

    /// <summary>The last user message names the model that answers.</summary>
    public bool Asked { get; init; }

    /// <summary>Length of the answer's text for <see cref="ContentKind.Words"/>.</summary>
    public int ContentBytes { get; init; }

    /// <summary>Content chunks of a stream; 0: the text's own rule.</summary>
    public int Chunks { get; init; }

    /// <summary>Tool calls to ask for when the request offers tools.</summary>
    public int ToolCalls { get; init; }

    public int ReasoningTokens { get; init; }

    public int CachedTokens { get; init; }

    /// <summary>Citations, search results and their usage, as search-backed upstreams answer.</summary>
    public bool Citations { get; init; }

    /// <summary>Every optional field of a chat completion at once.</summary>
    public bool Rich { get; init; }

    /// <summary>The message is a refusal.</summary>
    public bool Refusal { get; init; }

    /// <summary>Headers that a gateway must not hand on.</summary>
    public bool NoisyHeaders { get; init; }

    /// <summary>The finish reason, or null to leave it out.</summary>
    public string? FinishReason { get; init; } = "stop";

    public UsageStyle Usage { get; init; }

    public UsageForm Form { get; init; }

    /// <summary>The reasoning is done before the first byte, over the delay, and is not shown.</summary>
    public bool Hidden { get; init; }

    /// <summary>The request's token limit binds nothing.</summary>
    public bool Unlimited { get; init; }

    /// <summary>A token for each byte of the request, and as many output tokens as it allows.</summary>
    public bool Greedy { get; init; }

    /// <summary>A client that leaves is charged for the whole answer.</summary>
    public bool RunsOn { get; init; }

    /// <summary>Prompt tokens to report and charge, or -1: by rule.</summary>
    public int PromptTokens { get; init; } = -1;

    /// <summary>Completion tokens to report and charge, or -1: by rule.</summary>
    public int CompletionTokens { get; init; } = -1;

    public Timing Timing { get; init; } = new();

    public Framing Framing { get; init; } = new();

    public Fault? Fault { get; init; }

    public Gate Gate { get; init; }
}
