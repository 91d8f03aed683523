namespace Bifrost.Simulator.Answers;

/// <summary>The tokens of one answer, all choices together; reasoning is part of completion, cached is part of prompt.</summary>
internal readonly record struct Usage(int Prompt, int Completion, int Cached, int Reasoning)
{
    public int Total => Prompt + Completion;
}
