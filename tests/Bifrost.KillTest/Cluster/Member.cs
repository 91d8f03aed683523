namespace Bifrost.KillTest.Cluster;

/// <summary>One silo from its start to its end. It is reached at an address that its successor has too.</summary>
internal sealed class Member(ServerProcess process, Uri address, DateTimeOffset from)
{
    private volatile bool _killed;

    public ServerProcess Process => process;

    public Uri Address => address;

    public DateTimeOffset From => from;

    /// <summary>Whether it was killed, or is about to be.</summary>
    public bool Killed => _killed;

    public Task KillAsync()
    {
        _killed = true;
        return process.KillAsync();
    }
}
