using Bifrost.Ledger.Signals;

namespace Bifrost.Catalog.Grains;

/// <summary>Wakes everyone who waits for a version beyond the one they have seen. For one activation's turns.</summary>
internal sealed class VersionAnnouncement(TimeProvider time)
{
    /// <summary>Well below the response timeout of a grain call, and short enough not to delay the stop of a silo.</summary>
    public static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(5);

    private readonly AsyncSignal _moved = new();
    private long _version;

    public void Announce(long version)
    {
        if (version <= _version) return;
        _version = version;
        _moved.Pulse();
    }

    /// <summary>Answers the newest version; at once if it is beyond <paramref name="seen"/>, else when it is, or after <see cref="WaitMax"/>.</summary>
    public async Task<long> WaitBeyondAsync(long seen)
    {
        var waitingSince = time.GetTimestamp();
        while (true)
        {
            var moved = _moved.Next;
            var left = WaitMax - time.GetElapsedTime(waitingSince);
            if (_version > seen || left <= TimeSpan.Zero) return _version;
            await _moved.WaitAsync(moved, left, time);
        }
    }
}
