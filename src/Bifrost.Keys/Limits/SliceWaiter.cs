namespace Bifrost.Keys.Limits;

/// <summary>A call that waits for a slice.</summary>
internal sealed class SliceWaiter(long tokens)
{
    private readonly TaskCompletionSource<SliceAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Tokens { get; } = tokens;

    /// <summary>Slices that were asked for while it was the first in line.</summary>
    public int Takes { get; set; }

    public Task<SliceAnswer> Answered => _answer.Task;

    public void Answer(SliceAnswer answer) => _answer.SetResult(answer);
}
