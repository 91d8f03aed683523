using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// The claim of one process on a database file, as an operating system lock on a file beside it: it ends with the process, however it
/// ends. SQLite's own exclusive mode would shut out our readers too.
/// </summary>
internal sealed class SqliteFileLock : IDisposable
{
    // EWOULDBLOCK of the Unixes, ERROR_SHARING_VIOLATION of Windows.
    private static readonly int[] s_taken = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _file;

    private SqliteFileLock(FileStream file, string path) => (_file, Path) = (file, path);

    public string Path { get; }

    /// <summary>The file that is locked; null where it cannot be known.</summary>
    public FileIdentity? Identity => FileIdentity.IsKnown ? FileIdentity.Of(_file.SafeFileHandle) : null;

    /// <summary>The path of a database's lock.</summary>
    public static string PathOf(string databasePath) => databasePath + ".lock";

    /// <param name="databasePath">The database, by its real path.</param>
    /// <exception cref="StoreRefusedException">Another process has it.</exception>
    /// <exception cref="StoreSettingsException">No file can be locked there.</exception>
    public static SqliteFileLock Take(string databasePath)
    {
        var path = PathOf(databasePath);
        try
        {
            return new SqliteFileLock(SqliteFiles.Open(path, FileMode.OpenOrCreate, FileShare.None), path);
        }
        catch (IOException taken) when (s_taken.Contains(taken.HResult))
        {
            throw new StoreRefusedException(
                $"The database {databasePath} is in use by another process (it holds {path}). Stop that process, or give this one another file.", taken);
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            throw new StoreSettingsException($"The database {databasePath} cannot be locked: {denied.Message}", denied);
        }
    }

    public void Dispose() => _file.Dispose();
}
