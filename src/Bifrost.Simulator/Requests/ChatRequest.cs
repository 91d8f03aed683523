namespace Bifrost.Simulator.Requests;

/// <summary>What the simulator reads out of a request body; everything else in it is ignored.</summary>
internal sealed class ChatRequest
{
    public string Model { get; set; } = "";

    public string User { get; set; } = "";

    public bool Stream { get; set; }

    public bool IncludeUsage { get; set; }

    public bool Logprobs { get; set; }

    public int TopLogprobs { get; set; }

    public int Choices { get; set; } = 1;

    /// <summary>The smaller of <c>max_tokens</c> and <c>max_completion_tokens</c>, for each choice; int.MaxValue: none.</summary>
    public int OutputTokensMax { get; set; } = int.MaxValue;

    /// <summary>Length of the whole body.</summary>
    public int BodyBytes { get; set; }

    /// <summary>Where the <c>messages</c> value begins in the body.</summary>
    public int MessagesAt { get; set; }

    /// <summary>Length of the <c>messages</c> value as it was received; 0: there is none.</summary>
    public int MessagesBytes { get; set; }

    /// <summary>Names of the functions offered.</summary>
    public List<string> Tools { get; } = [];

    public ToolChoice ToolChoice { get; set; }

    /// <summary>The function that <c>tool_choice</c> names, or null.</summary>
    public string? NamedTool { get; set; }

    /// <summary>True when nothing in it keeps a prebuilt answer from being the right one.</summary>
    public bool IsPlainest => !Stream && !Logprobs && Choices == 1 && Tools.Count == 0;
}

/// <summary>How the request lets the model choose a tool.</summary>
internal enum ToolChoice
{
    Auto,
    None,
    Required,
}
