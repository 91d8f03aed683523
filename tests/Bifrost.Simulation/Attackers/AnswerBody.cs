using Bifrost.Calls.Contracts;

namespace Bifrost.Simulation.Attackers;

/// <summary>A whole answer.</summary>
internal sealed class AnswerBody(byte[] json) : PlainBody
{
    public override ReadOnlyMemory<byte> Json => json;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
