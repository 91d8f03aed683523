using Bifrost.Ledger.Store;
using Bifrost.Storage.Migrations;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Bifrost.Storage.Sqlite;

/// <summary>Puts a copy in the place of a database that no server has open.</summary>
public static class SqliteRestore
{
    private const string Incoming = ".restoring";

    /// <summary>Compares the copy with what is there, then takes its place; what was there stays beside it under another name.</summary>
    /// <param name="database">The path of the store.</param>
    /// <param name="file">A copy, as <see cref="SqliteBackup"/> makes it.</param>
    /// <param name="compareOnly">True: nothing is changed.</param>
    /// <param name="time">Names what was there.</param>
    /// <exception cref="StoreRefusedException">A server has the database open, or the copy is of a newer version or none of this server.</exception>
    /// <exception cref="StoreSettingsException">There is no such copy, or nothing can be written there.</exception>
    /// <exception cref="StoreUnavailableException">A file could not be read or written; the database is as it was.</exception>
    public static RestoreReport Run(string database, string file, bool compareOnly, TimeProvider time)
    {
        var to = SqliteFiles.RealPath(database);
        var from = SqliteFiles.RealPath(file);
        if (!File.Exists(from)) throw new StoreSettingsException($"There is no file {from}.");
        if (from == to) throw new StoreSettingsException($"{from} is the database itself; name a copy of it.");
        var wasThere = File.Exists(to);
        SqliteFiles.PrepareFolder(to);
        using var held = SqliteFileLock.Take(to);
        try
        {
            Check(from);
            var report = wasThere ? CopyComparison.Of(to, from) : new RestoreReport { IsComparable = true };
            if (compareOnly) return report;
            SqliteBackup.Copy(from, to + Incoming);
            var aside = wasThere ? SetAside(to, time) : null;
            foreach (var log in (string[])["-wal", "-shm"]) File.Delete(to + log);
            if (FileIdentity.IsKnown && FileIdentity.Of(wasThere ? to : Path.GetDirectoryName(to)!) is { } owner) owner.GiveTo(to + Incoming);
            File.Move(to + Incoming, to, overwrite: true);

            // Opening it for writing syncs the directory too.
            using (var session = new SqliteSession(to, readOnly: false)) session.Script("pragma user_version");
            return report with { Aside = aside };
        }
        catch (Exception fault) when (fault is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"{from} was not restored to {to}: {fault.Message}", fault);
        }
    }

    private static void Check(string copy)
    {
        using var session = Open(copy);
        try
        {
            if (session.Text("pragma integrity_check") is var found && found != "ok") throw new StoreRefusedException($"{copy} is damaged: {found}.");
            _ = MigrationPlan.Missing(Migration.Of("Sqlite"), SqliteMigrator.Applied(session), copy).Count();
        }
        catch (SqliteException fault) when (fault.SqliteErrorCode is raw.SQLITE_NOTADB or raw.SQLITE_ERROR or raw.SQLITE_CORRUPT)
        {
            throw new StoreRefusedException($"{copy} is no copy of a store of this server: {fault.Message}", fault);
        }
    }

    private static SqliteSession Open(string copy)
    {
        try
        {
            return new SqliteSession(copy, readOnly: true);
        }
        catch (SqliteException fault)
        {
            throw new StoreRefusedException($"{copy} cannot be opened: {fault.Message}", fault);
        }
    }

    /// <summary>Copies what is there, with its log where that could not be brought in.</summary>
    private static string SetAside(string database, TimeProvider time)
    {
        try
        {
            using var session = new SqliteSession(database, readOnly: false);
            session.Script("pragma wal_checkpoint(truncate)");
        }
        catch (SqliteException)
        {
            // Damaged, which may be why it is replaced: it is kept as it is.
        }

        var aside = $"{database}.before-restore-{time.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}";
        foreach (var part in (string[])["", "-wal"])
            if (File.Exists(database + part)) File.Copy(database + part, aside + part, overwrite: false);
        return aside;
    }
}
