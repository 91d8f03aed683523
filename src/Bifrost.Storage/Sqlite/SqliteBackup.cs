using Bifrost.Ledger.Store;
using Microsoft.Data.Sqlite;

namespace Bifrost.Storage.Sqlite;

/// <summary>Copies of a database that hold all of it, whether a server has it open or was killed.</summary>
public static class SqliteBackup
{
    private const string Unfinished = ".unfinished";

    /// <summary>
    /// Writes one state of the database to a new file, through a connection of its own: a server goes on beside it. The file appears under its
    /// name when it is whole and on disk.
    /// </summary>
    /// <returns>How many entries and how many bytes the copy has.</returns>
    /// <exception cref="StoreSettingsException">There is no such database, or no such file can be made.</exception>
    /// <exception cref="StoreUnavailableException">The copy failed; nothing of it is left.</exception>
    public static (long Entries, long Bytes) Make(string database, string file)
    {
        var from = SqliteFiles.RealPath(database);
        var to = Path.GetFullPath(file);
        if (!File.Exists(from)) throw new StoreSettingsException($"There is no database {from}; --config names the configuration whose store is meant.");
        if (File.Exists(to)) throw new StoreSettingsException($"{to} is there already; name a new file.");
        Copy(from, to + Unfinished);
        long entries;
        using (var copy = new SqliteSession(to + Unfinished, readOnly: true)) entries = copy.Number("select count(*) from ledger_entry");
        File.Move(to + Unfinished, to);
        return (entries, new FileInfo(to).Length);
    }

    /// <summary>Writes a database as one file, over what stands there, and syncs it to disk.</summary>
    internal static void Copy(string from, string to)
    {
        try
        {
            // SQLite writes into an empty file that is there, and so keeps its mode.
            SqliteFiles.Open(to, FileMode.Create, FileShare.ReadWrite).Dispose();
            using (var session = new SqliteSession(from, readOnly: true))
            using (var copy = session.PrepareOnce("vacuum into ?"))
                copy.Bind(to).Run();
            using var written = SqliteFiles.Open(to, FileMode.Open, FileShare.ReadWrite);
            written.Flush(flushToDisk: true);
        }
        catch (SqliteException fault)
        {
            File.Delete(to);
            throw new StoreUnavailableException($"{from} could not be copied to {to}: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreSettingsException($"{to} cannot be written: {fault.Message}", fault);
        }
    }
}
