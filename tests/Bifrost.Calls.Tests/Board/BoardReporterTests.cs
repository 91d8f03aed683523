using System.Net;
using Bifrost.Calls.Board;
using Bifrost.Calls.Contracts;
using Bifrost.Calls.Dispatch;
using Bifrost.Calls.Tests.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace Bifrost.Calls.Tests.Board;

/// <summary>One message a second, one at a time, whatever becomes of them.</summary>
public sealed class BoardReporterTests : ILocalSiloDetails
{
    private readonly SilentBoard _board = new();

    public string Name => "here";

    public string ClusterId => "c";

    public string DnsHostName => "localhost";

    public SiloAddress SiloAddress { get; } = SiloAddress.New(IPAddress.Loopback, 1_000, 7);

    public SiloAddress GatewayAddress => SiloAddress;

    [Fact]
    public async Task While_a_report_is_out_none_follows()
    {
        await using var rig = new PipelineRig();
        using var reporter = await StartAsync(rig);
        await Eventually.UntilAsync(() => _board.Reports.Count == 1);
        var seconds = 0;
        await Eventually.RepeatAsync(
            () =>
            {
                rig.Time.Advance(BoardReporter.Every);
                seconds++;
            },
            () => seconds == 20 || _board.Reports.Count > 1);
        Assert.Single(_board.Reports);
        Assert.Equal(SiloAddress.ToParsableString(), _board.Reports[0].Silo);

        _board.Answer();
        await Eventually.UntilAsync(() => _board.Reports.Count == 2);
        Assert.Equal(2, _board.Reports[1].Number);
        await reporter.StopAsync(CancellationToken.None).InTimeAsync();
    }

    [Fact]
    public async Task A_board_that_fails_is_told_the_next_second()
    {
        await using var rig = new PipelineRig();
        using var reporter = await StartAsync(rig);
        await Eventually.UntilAsync(() => _board.Reports.Count == 1);
        _board.Fail();
        await Eventually.RepeatAsync(() => rig.Time.Advance(BoardReporter.Every), () => _board.Reports.Count == 2);
        await reporter.StopAsync(CancellationToken.None).InTimeAsync();
    }

    private async Task<BoardReporter> StartAsync(PipelineRig rig)
    {
        var reports = new SiloReports(
            rig.Pipeline, new ProviderDispatchers([], rig.Time, NullLogger<ProviderDispatchers>.Instance), rig.Catalog, rig.Book,
            new SiloFacts("1", () => 0), rig.Time);
        var grains = GrainFactoryProxy.Of((_, key) => key == IBoardGrain.Key ? _board : throw new InvalidOperationException(key));
        var reporter = new BoardReporter(grains, this, reports, rig.Time, NullLogger<BoardReporter>.Instance);
        await reporter.StartAsync(CancellationToken.None);
        return reporter;
    }

    /// <summary>Answers when the test says so.</summary>
    private sealed class SilentBoard : IBoardGrain
    {
        private readonly Lock _gate = new();
        private readonly List<SiloReport> _reports = [];
        private TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<SiloReport> Reports
        {
            get
            {
                lock (_gate) return [.. _reports];
            }
        }

        public void Answer() => Next().SetResult();

        public void Fail() => Next().SetException(new IOException("gone"));

        public Task Report(SiloReport report)
        {
            lock (_gate)
            {
                _reports.Add(report);
                return _answer.Task;
            }
        }

        public Task<BoardView> Read() => throw new NotSupportedException();

        private TaskCompletionSource Next()
        {
            lock (_gate)
            {
                var answer = _answer;
                _answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return answer;
            }
        }
    }
}
