using System.Text;
using SQLitePCL;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// A prepared statement that is bound by position and reused. The ADO.NET layer looks parameters up by name on every run; at several
/// statements a call that is most of the cost. Used by one thread at a time: the writer, or whoever holds the reader.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _next = 1;
    private bool _open;

    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Sqlite.Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement), database);
    }

    /// <summary>Makes it ready to be bound and run again, whatever happened the last time.</summary>
    public SqliteStatement Reset()
    {
        Close();
        _next = 1;
        return this;
    }

    /// <summary>Ends a run that stands on a row; left there, it would keep the snapshot of its transaction alive.</summary>
    public void Close()
    {
        if (_open) raw.sqlite3_reset(_statement);
        _open = false;
    }

    public SqliteStatement Bind(long value)
    {
        Sqlite.Check(raw.sqlite3_bind_int64(_statement, _next++, value), _database);
        return this;
    }

    public SqliteStatement Bind(bool value) => Bind(value ? 1L : 0L);

    public SqliteStatement Bind(long? value) => value is { } number ? Bind(number) : BindNull();

    public SqliteStatement Bind(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Bind(bytes);
    }

    public SqliteStatement Bind(Guid? value) => value is { } id ? Bind(id) : BindNull();

    /// <summary>Binds bytes; SQLite copies them. Empty is an empty blob, not null.</summary>
    public SqliteStatement Bind(ReadOnlySpan<byte> value)
    {
        Sqlite.Check(
            value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, _next++, 0) : raw.sqlite3_bind_blob(_statement, _next++, value), _database);
        return this;
    }

    public SqliteStatement Bind(string? value)
    {
        if (value is null) return BindNull();
        const int onStackMax = 512;
        var sizeMax = Encoding.UTF8.GetMaxByteCount(value.Length);
        var bytes = sizeMax <= onStackMax ? stackalloc byte[onStackMax] : new byte[sizeMax];
        Sqlite.Check(raw.sqlite3_bind_text(_statement, _next++, bytes[..Encoding.UTF8.GetBytes(value, bytes)]), _database);
        return this;
    }

    public SqliteStatement BindNull()
    {
        Sqlite.Check(raw.sqlite3_bind_null(_statement, _next++), _database);
        return this;
    }

    /// <summary>True: a row stands ready. False: the statement has ended.</summary>
    public bool Step()
    {
        _open = true;
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW) return true;
        var fault = code == raw.SQLITE_DONE ? null : Sqlite.Fault(code, _database);
        Close();
        return fault is null ? false : throw fault;
    }

    /// <summary>Runs to the end and answers how many rows it changed.</summary>
    public int Run()
    {
        while (Step()) { }
        return raw.sqlite3_changes(_database);
    }

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => raw.sqlite3_column_int(_statement, column);

    public bool Bool(int column) => raw.sqlite3_column_int(_statement, column) != 0;

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public Guid Id(int column) => new(raw.sqlite3_column_blob(_statement, column), bigEndian: true);

    public Guid? IdOrNull(int column) => IsNull(column) ? null : Id(column);

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();
}
