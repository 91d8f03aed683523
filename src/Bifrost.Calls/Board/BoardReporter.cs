using Bifrost.Calls.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Bifrost.Calls.Board;

/// <summary>Reports this silo to the board once a second, one message at a time: while one is out, none follows.</summary>
public sealed class BoardReporter(
    IGrainFactory grains, ILocalSiloDetails silo, SiloReports reports, TimeProvider time, ILogger<BoardReporter> log) : BackgroundService
{
    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var board = grains.GetGrain<IBoardGrain>(IBoardGrain.Key);
        var address = silo.SiloAddress.ToParsableString();
        var failed = false;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                try
                {
                    await board.Report(reports.Next(address)).WaitAsync(stoppingToken);
                    failed = false;
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    if (!failed) Log.BoardAway(log, e);
                    failed = true;
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The silo stops; the board forgets it by itself.
        }
    }
}
