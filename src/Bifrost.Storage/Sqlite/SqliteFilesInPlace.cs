using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// Whether the database and its lock still are, under their names, the files that were opened (device and inode). A file that was moved or
/// deleted can be written on, and nobody finds it; a new lock lets a second process in.
/// </summary>
internal sealed class SqliteFilesInPlace
{
    private readonly string _path;
    private readonly string _lockPath;
    private readonly FileIdentity? _file;
    private readonly FileIdentity? _lock;
    private readonly TaskCompletionSource<string> _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // By the writer's thread alone.
    private string? _why;

    /// <param name="path">The database as the settings name it: a symbolic link on the way that leads elsewhere later is noticed.</param>
    /// <param name="held">The lock on it.</param>
    public SqliteFilesInPlace(string path, SqliteFileLock held)
    {
        (_path, _lockPath, _lock) = (path, held.Path, held.Identity);
        _file = FileIdentity.IsKnown ? FileIdentity.Of(path) : null;
    }

    /// <summary>Completes with the reason when they were found elsewhere.</summary>
    public Task<string> Moved => _moved.Task;

    /// <exception cref="StoreUnavailableException">They are not in their places, now or at an earlier look.</exception>
    public void Check()
    {
        _why ??= Find(_path, _file) ?? Find(_lockPath, _lock);
        if (_why is null) return;
        _moved.TrySetResult(_why);
        throw new StoreUnavailableException(_why, null);
    }

    private static string? Find(string path, FileIdentity? opened)
    {
        if (opened is not { } file) return null;
        return FileIdentity.Of(path) is not { } now ? $"{path} was deleted or moved."
            : file.IsSame(now) ? null
            : $"{path} is not the file that was opened; another one stands there.";
    }
}
