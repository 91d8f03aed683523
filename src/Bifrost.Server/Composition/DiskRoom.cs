using Bifrost.Jobs.Store;

namespace Bifrost.Server.Composition;

/// <summary>
/// The free space of the disk that the store's file is on, looked at every few seconds. A store on another machine has its own watch: of it nothing
/// is known here.
/// </summary>
/// <param name="folder">Where the file is; null: on another machine.</param>
/// <param name="freeBytesMin">Below it the room is low.</param>
/// <param name="time">The clock.</param>
internal sealed class DiskRoom(string? folder, long freeBytesMin, TimeProvider time) : IStoreRoom
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(5);

    private readonly DriveInfo? _drive = folder is null ? null : new DriveInfo(folder);
    private readonly Lock _gate = new();

    // Under _gate.
    private long? _lookedAt;
    private bool _isLow;

    public bool IsLow
    {
        get
        {
            if (_drive is null) return false;
            lock (_gate)
            {
                if (_lookedAt is { } at && time.GetElapsedTime(at) < s_lookEvery) return _isLow;
                _lookedAt = time.GetTimestamp();
                try
                {
                    _isLow = _drive.AvailableFreeSpace < freeBytesMin;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // It cannot be asked: the store itself will say what it can do.
                    _isLow = false;
                }

                return _isLow;
            }
        }
    }
}
