using Bifrost.Simulator.Requests;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Answers;

/// <summary>What will be said to one request: the script applied to it. Writers only put it into bytes.</summary>
internal sealed record Answer
{
    public required Script Script { get; init; }

    public required ChatRequest Request { get; init; }

    /// <summary>32 characters that the ids of the answer and its parts are made of.</summary>
    public required string IdStem { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long Created { get; init; }

    public required Text Text { get; init; }

    /// <summary>The functions to call, in order; empty: the text is said instead.</summary>
    public IReadOnlyList<string> ToolCalls { get; init; } = [];

    public string? FinishReason { get; init; }

    public Usage Usage { get; init; }

    /// <summary>Content chunks of a whole stream, of all choices: text chunks, or two for each tool call.</summary>
    public int Chunks => Request.Choices * ChunksOfChoice;

    public int ChunksOfChoice => ToolCalls.Count > 0 ? 2 * ToolCalls.Count : Text.Chunks;
}
