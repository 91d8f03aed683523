namespace Bifrost.Embedded.Runtime;

/// <summary>Counts the calls under way and says which others may interleave with them. Guarded by the activation's lock.</summary>
internal struct Gatekeeper
{
    // Calls that others must wait for, and those of them that are not read-only.
    private int _blocking;
    private int _blockingWriters;

    public int Running { get; private set; }

    /// <summary>Only read-only calls are under way, so a waiting read-only call may pass a waiting writer.</summary>
    public readonly bool OnlyReaders => _blocking > 0 && _blockingWriters == 0;

    public readonly bool MayStart(MethodTraits method, bool reentrant) =>
        reentrant || method.AlwaysInterleave || _blocking == 0 || (method.ReadOnly && _blockingWriters == 0);

    public void Enter(MethodTraits method, bool reentrant) => Count(method, reentrant, 1);

    public void Leave(MethodTraits method, bool reentrant) => Count(method, reentrant, -1);

    private void Count(MethodTraits method, bool reentrant, int by)
    {
        Running += by;
        if (reentrant || method.AlwaysInterleave) return;
        _blocking += by;
        if (!method.ReadOnly) _blockingWriters += by;
    }
}
