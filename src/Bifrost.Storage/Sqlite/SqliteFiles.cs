using Bifrost.Ledger.Store;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Bifrost.Storage.Sqlite;

/// <summary>Paths and modes of a store's files. They hold hashes of secrets and callers' texts, so what is made here is its owner's alone.</summary>
internal static class SqliteFiles
{
    private const int LinksMax = 40;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The absolute path of a file without symbolic links on the way: one database has one name, and so one lock.</summary>
    /// <exception cref="StoreSettingsException">The path leads nowhere.</exception>
    public static string RealPath(string path)
    {
        try
        {
            return Resolve(Path.GetFullPath(path), LinksMax);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StoreSettingsException($"The database {path} cannot be there: {e.Message}", e);
        }
    }

    /// <summary>Makes the directory and an empty database file where a store is new; a database in place is not touched.</summary>
    /// <exception cref="StoreSettingsException">They cannot be made, or a store was there and is not any more.</exception>
    public static void Prepare(string path)
    {
        PrepareFolder(path);
        if (Directory.Exists(path)) throw new StoreSettingsException($"The database {path} is a directory; name a file in store.path.");
        if (FileIdentity.IsKnown && FileIdentity.Of(path) is { Links: > 1 } file)
        {
            throw new StoreSettingsException(
                $"The database {path} has {file.Links} names (hard links), so a server may have it open under another one; keep one name.");
        }

        if (File.Exists(path)) return;
        if (File.Exists(SqliteFileLock.PathOf(path)))
        {
            throw new StoreSettingsException(
                $"The database {path} is missing, and {SqliteFileLock.PathOf(path)} shows that there was one: restore a copy, mount its disk, or remove that "
                + "file to begin with an empty store.");
        }

        try
        {
            // Only while nobody has the file open: closing it again would drop SQLite's locks of this process.
            Open(path, FileMode.CreateNew, FileShare.ReadWrite).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreSettingsException($"The database {path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Makes the directory of a file.</summary>
    /// <exception cref="StoreSettingsException">It cannot be made.</exception>
    public static void PrepareFolder(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(path)!;
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, OwnerOnly | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreSettingsException($"The directory of the database {path} cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Opens a file for writing; one that is made is readable by its owner alone.</summary>
    public static FileStream Open(string path, FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (mode != FileMode.Open && !OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }

    /// <summary>Whether other users of the machine may read a file.</summary>
    public static bool IsReadableByOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMayRead) != 0;

    /// <summary>Whether an error at the opening is one of the settings: what the path names cannot be opened as a database.</summary>
    public static bool IsOfSettings(SqliteException fault) => fault.SqliteErrorCode
        is raw.SQLITE_CANTOPEN or raw.SQLITE_NOTADB or raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH;

    private static string Resolve(string path, int linksLeft)
    {
        if (Path.GetDirectoryName(path) is not { } folder) return path;
        var here = Path.Combine(Resolve(folder, linksLeft), Path.GetFileName(path));
        var link = new FileInfo(here);
        if (link.LinkTarget is not { } target) return here;
        if (linksLeft == 0) throw new IOException($"{here} is one symbolic link too many.");
        return Resolve(Path.GetFullPath(target, Path.GetDirectoryName(here)!), linksLeft - 1);
    }
}
