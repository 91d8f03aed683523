using Bifrost.Calls.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bifrost.Calls.Pulse;

/// <summary>
/// Whether the grains of this silo get on: one of them is asked every second, in this process and without the store, so that a store or a silo that is
/// away says nothing here.
/// </summary>
public sealed class SiloPulse(IGrainFactory grains, TimeProvider time, ILogger<SiloPulse> log) : BackgroundService
{
    /// <summary>Grains that have answered nothing for so long are taken for stuck. Far longer than a machine is busy.</summary>
    public static readonly TimeSpan QuietMax = TimeSpan.FromSeconds(30);

    internal static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private long _answeredAt = time.GetTimestamp();

    /// <summary>How long ago the grain answered last.</summary>
    public TimeSpan QuietFor => time.GetElapsedTime(Volatile.Read(ref _answeredAt));

    /// <summary>True when the grains of this silo do not get on.</summary>
    public bool IsStuck => QuietFor >= QuietMax;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var grain = grains.GetGrain<IPulseGrain>(IPulseGrain.Key);
        var isTold = false;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                try
                {
                    await grain.Beat().WaitAsync(stoppingToken);
                    Volatile.Write(ref _answeredAt, time.GetTimestamp());
                    isTold = false;
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    if (IsStuck && !isTold) Log.GrainsAreStuck(log, (long)QuietFor.TotalSeconds, e);
                    isTold = IsStuck;
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }
}
