using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Bifrost.Storage.Sqlite;

/// <summary>Result codes of the native library.</summary>
internal static class Sqlite
{
    public static void Check(int code, sqlite3 database)
    {
        if (code != raw.SQLITE_OK) throw Fault(code, database);
    }

    public static SqliteException Fault(int code, sqlite3 database) =>
        new($"SQLite error {code}: {raw.sqlite3_errmsg(database).utf8_to_string()}", code & 0xFF, code);
}
