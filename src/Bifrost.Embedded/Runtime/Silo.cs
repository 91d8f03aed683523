using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Bifrost.Embedded.Runtime;

/// <summary>The engine of one host: its clock, its grains, the calls that wait. Started and stopped by <see cref="SiloService"/>.</summary>
internal sealed class Silo
{
    private const string ClockKey = "Bifrost.Embedded";
    private volatile bool _stopped;

    public Silo(
        IServiceProvider services, IOptions<GrainCollectionOptions> collection, IOptions<SiloMessagingOptions> messaging, ILoggerFactory loggers)
    {
        Services = services;
        Logger = loggers.CreateLogger("Bifrost.Embedded");
        Collection = collection.Value;
        // The host's keyed clock, so that a test that fakes the product's clock does not freeze the engine.
        Time = services.GetKeyedService<TimeProvider>(ClockKey) ?? TimeProvider.System;
        Pending = new(Time, messaging.Value.ResponseTimeout);
        GrainFactory = new GrainFactory(this);
        Directory = new(this);
    }

    /// <summary>No grain comes up any more.</summary>
    public bool IsStopped => _stopped;

    public IServiceProvider Services { get; }

    public ILogger Logger { get; }

    public TimeProvider Time { get; }

    public GrainCollectionOptions Collection { get; }

    public PendingCalls Pending { get; }

    public IGrainFactory GrainFactory { get; }

    public GrainDirectory Directory { get; }

    public void Stop() => _stopped = true;

    /// <summary>What late callers are told.</summary>
    public static SiloUnavailableException Stopped() => new("The actor engine has stopped.");
}
