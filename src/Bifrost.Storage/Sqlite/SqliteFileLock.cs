using Bifrost.Ledger.Store;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// The claim of one process on a database file, as an operating system lock on a file beside it: it ends with the process, however it
/// ends. SQLite's own exclusive mode would shut out our readers too.
/// </summary>
internal sealed class SqliteFileLock : IDisposable
{
    private readonly FileStream _file;

    private SqliteFileLock(FileStream file) => _file = file;

    public static SqliteFileLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        try
        {
            return new SqliteFileLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1));
        }
        catch (IOException taken)
        {
            throw new StoreRefusedException(
                $"The database {databasePath} is in use by another process (it holds {path}). Stop that process, or give this one another file.", taken);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new StoreRefusedException($"The database {databasePath} cannot be locked: {denied.Message}", denied);
        }
    }

    public void Dispose() => _file.Dispose();
}
