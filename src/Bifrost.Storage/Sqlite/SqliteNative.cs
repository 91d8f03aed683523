using System.Runtime.InteropServices;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// The binds of the native library, called without the managed layer between: an entry has dozens of them. They store a value and return, on
/// connections without mutexes, so the runtime need not prepare for a call that blocks.
/// </summary>
internal static class SqliteNative
{
    private const string Library = "e_sqlite3";

    /// <summary>SQLITE_STATIC: the bytes stay where they are until the parameter is bound again.</summary>
    public const nint InPlace = 0;

    [DllImport(Library, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    public static extern int BindInt64(nint statement, int index, long value);

    [DllImport(Library, EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    public static extern int BindNull(nint statement, int index);

    [DllImport(Library, EntryPoint = "sqlite3_bind_text"), SuppressGCTransition]
    public static extern int BindText(nint statement, int index, nint utf8, int bytes, nint release);

    [DllImport(Library, EntryPoint = "sqlite3_bind_blob"), SuppressGCTransition]
    public static extern int BindBlob(nint statement, int index, nint data, int bytes, nint release);
}
