using Bifrost.Simulator.Answers;
using Bifrost.Simulator.Billing;
using Bifrost.Simulator.Scripts;

namespace Bifrost.Simulator.Http;

/// <summary>Lets the fault of a stream strike at its place, once. An answer shorter than its place meets it before the finish.</summary>
/// <param name="wire">The call's way to its client.</param>
/// <param name="answer">The answer.</param>
/// <param name="line">The call's line of the bill.</param>
/// <param name="error">The event of an error, in the dialect's words.</param>
/// <param name="badChunk">An event of broken JSON; after it the stream goes on.</param>
internal sealed class FaultStrike(Wire wire, Answer answer, BillLine line, Func<Fault, ReadOnlyMemory<byte>> error, Func<ReadOnlyMemory<byte>> badChunk)
{
    private readonly Fault? _fault = answer.Script.Fault is { IsWithinAnswer: true } fault ? fault : null;
    private bool _struck;

    /// <summary>Whether it strikes now that so many content chunks were sent.</summary>
    public bool IsDue(int sent) => _fault is not null && !_struck && sent >= _fault.After;

    /// <summary>Counts a content chunk that was sent, and what of the answer is charged by now.</summary>
    /// <param name="hidden">Tokens that were charged before the first one.</param>
    public void Count(int hidden = 0)
    {
        line.Chunks++;
        line.Reach = BillReach.Chunks;
        line.CompletionTokens = hidden + Tokens.Share(answer.Usage.Completion - hidden, line.Chunks, answer.Chunks);
        line.ReasoningTokens = Math.Min(answer.Usage.Reasoning, line.CompletionTokens);
    }

    /// <summary>Answers whether the stream ends with it.</summary>
    public async Task<bool> StrikeAsync()
    {
        _struck = true;
        line.Outcome = BillOutcome.Faulted;
        switch (_fault!.Kind)
        {
            case FaultKind.ResetAfter:
                await wire.ResetAsync();
                break;
            case FaultKind.CloseAfter:
                await wire.CloseAsync();
                break;
            case FaultKind.StallAfter:
                await wire.HangAsync();
                break;
            case FaultKind.ErrorAfter:
                await wire.SendAsync(error(_fault));
                break;
            case FaultKind.BadChunkAfter:
                await wire.SendAsync(badChunk());
                return false;
        }

        return true;
    }
}
