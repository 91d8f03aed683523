namespace Bifrost.Simulator;

/// <summary>Leaves signals to the host process: an embedded simulator must outlive the drain of the gateway that opened it.</summary>
internal sealed class GuestLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
