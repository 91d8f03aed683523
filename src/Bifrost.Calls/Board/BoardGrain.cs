using Bifrost.Calls.Contracts;

namespace Bifrost.Calls.Board;

/// <summary>Holds what <see cref="ReportBoard"/> keeps; one for the cluster.</summary>
[GrainType("board")]
internal sealed class BoardGrain(TimeProvider time) : Grain, IBoardGrain
{
    private readonly ReportBoard _board = new(time);

    public Task Report(SiloReport report)
    {
        _board.Take(report);
        return Task.CompletedTask;
    }

    public Task<BoardView> Read() => Task.FromResult(_board.Read());
}
