namespace Bifrost.Server.Tests.Ledger;

/// <summary>
/// How late the machine is while a test runs: again and again the smallest timer and the smallest request. A time limit that a test proves on
/// real time is so much longer.
/// </summary>
internal sealed class Lateness : IDisposable
{
    private static readonly TimeSpan s_timer = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task<TimeSpan> _worst;

    public Lateness(AdminServer server) => _worst = MeasureAsync(server);

    /// <summary>Ends the measurement: the longest time above that of the timer.</summary>
    public async Task<TimeSpan> WorstAsync()
    {
        await _stop.CancelAsync();
        return await _worst;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task<TimeSpan> MeasureAsync(AdminServer server)
    {
        var worst = TimeSpan.Zero;
        while (!_stop.IsCancellationRequested)
        {
            var begun = SteadyLoad.Now;
            await Task.Delay(s_timer, TimeProvider.System);
            await server.GetAsync("/health");
            var late = SteadyLoad.Now - begun - s_timer;
            if (late > worst) worst = late;
        }

        return worst;
    }
}
