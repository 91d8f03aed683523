namespace Bifrost.KillTest.Cluster;

/// <summary>One silo from its start to its end. It is reached at an address that its successor has too.</summary>
internal sealed class Member(ServerProcess process, int number, Uri address, DateTimeOffset from)
{
    private volatile bool _killed;
    private volatile bool _leaves;

    public ServerProcess Process => process;

    /// <summary>Its place in the cluster, from 0; its successor's too.</summary>
    public int Number => number;

    public Uri Address => address;

    public DateTimeOffset From => from;

    /// <summary>Whether it is of the older build.</summary>
    public bool IsOlder { get; init; }

    /// <summary>Whether it was killed or cut off, or is about to be.</summary>
    public bool Killed => _killed;

    /// <summary>Whether a proxy has learned from its readiness probe that it stops.</summary>
    public bool Leaves => _leaves;

    public void Leave() => _leaves = true;

    public void WillBeCutOff() => _killed = true;

    public void IsBack() => _killed = false;

    public Task KillAsync()
    {
        _killed = true;
        return process.KillAsync();
    }
}
