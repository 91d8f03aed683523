using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Bifrost.Embedded.Runtime;

/// <summary>Starts the engine's upkeep (waits that are over, grains that are idle) and ends every activation when the host stops.</summary>
internal sealed class SiloService(Silo silo) : IHostedService
{
    /// <summary>How late a response timeout may be noticed.</summary>
    private static readonly TimeSpan s_waitCheckPeriod = TimeSpan.FromMilliseconds(100);

    /// <summary>Grains that end at once: their last writes go to a store that others use too.</summary>
    private const int EndingAtOnceMax = 64;

    /// <summary>A grain's end may call other grains awake again; after so many rounds they are left.</summary>
    private const int StopRoundsMax = 8;

    private readonly CancellationTokenSource _stopping = new();
    private Task _upkeep = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Validate(silo.Collection);
        _upkeep = Task.WhenAll(
            RepeatAsync(s_waitCheckPeriod, EndDueWaitsAsync),
            RepeatAsync(silo.Collection.CollectionQuantum, CollectAsync));
        Log.Started(silo.Logger, silo.Directory.Classes.Count, silo.Collection.CollectionAge);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var ended = 0;
        try
        {
            for (var round = 1; silo.Directory.Activations() is { Count: > 0 } activations && round <= StopRoundsMax; round++)
            {
                // The last round's grains are the last: from here on calls that need a new one fail.
                if (round == StopRoundsMax) silo.Stop();
                ended += await EndAllAsync(activations, cancellationToken);
            }
            silo.Stop();
            ended += await EndAllAsync(silo.Directory.Activations(), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            silo.Stop();
            Log.StoppedEarly(silo.Logger, silo.Directory.Activations().Count);
        }
        await _stopping.CancelAsync();
        await _upkeep;
        Log.Stopped(silo.Logger, ended);
    }

    private static async Task<int> EndAllAsync(List<Activation> activations, CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(activations, AtMost(EndingAtOnceMax, cancellationToken), EndAsync);
        return activations.Count;
    }

    private static async ValueTask EndAsync(Activation activation, CancellationToken cancellationToken)
    {
        activation.Deactivate(new(DeactivationReasonCode.ShuttingDown, "The process is stopping."), cancellationToken);
        await activation.Deactivated.WaitAsync(cancellationToken);
    }

    private static ParallelOptions AtMost(int degree, CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = degree, CancellationToken = cancellationToken };

    private static void Validate(GrainCollectionOptions options)
    {
        if (options.CollectionQuantum <= TimeSpan.Zero)
            throw new OrleansConfigurationException($"CollectionQuantum is {options.CollectionQuantum}; it must be more than zero.");
        foreach (var age in options.ClassSpecificCollectionAge.Values.Prepend(options.CollectionAge))
            if (age <= options.CollectionQuantum)
                throw new OrleansConfigurationException($"CollectionAge is {age}; it must be more than CollectionQuantum, {options.CollectionQuantum}.");
    }

    private ValueTask EndDueWaitsAsync()
    {
        silo.Pending.EndDue();
        return ValueTask.CompletedTask;
    }

    private async ValueTask CollectAsync()
    {
        var now = silo.Time.GetTimestamp();
        await Parallel.ForEachAsync(silo.Directory.Activations(), AtMost(EndingAtOnceMax, _stopping.Token), async (activation, stopping) =>
        {
            var reason = new DeactivationReason(DeactivationReasonCode.ActivationIdle, "Nobody used it for its collection age.");
            if (activation.TryDeactivateIdle(activation.CollectableBefore(now), reason)) await activation.Deactivated.WaitAsync(stopping);
        });
    }

    private async Task RepeatAsync(TimeSpan period, Func<ValueTask> step)
    {
        using var timer = new PeriodicTimer(period, silo.Time);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(_stopping.Token);
                await step();
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Log.UpkeepFailed(silo.Logger, exception);
            }
        }
    }
}
