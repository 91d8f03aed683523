namespace Bifrost.Simulation;

/// <summary>A process, as its line to the store sees it.</summary>
internal interface IStoreClient
{
    SimClock Clock { get; }

    Random Random { get; }

    InMemoryLedgerStore Store { get; }

    /// <summary>How the store treats it for now.</summary>
    Weather Weather { get; }

    /// <summary>True once killed: nothing of it runs any more.</summary>
    bool Dead { get; }

    /// <summary>True when the seed kills it at this very step.</summary>
    bool CrashesNow();

    /// <summary>One transaction of the store, checked.</summary>
    T Transact<T>(Func<Task<T>> transaction);

    /// <summary>It registers under this id.</summary>
    void Registered(Guid holderId);

    /// <summary>A heartbeat that was sent at this moment was answered.</summary>
    void Beat(DateTimeOffset sentAt);
}
