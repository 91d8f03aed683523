using System.Runtime.InteropServices;
using System.Text;
using SQLitePCL;

namespace Bifrost.Storage.Sqlite;

/// <summary>
/// A prepared statement that is bound by position and reused. The ADO.NET layer looks parameters up by name on every run; at several
/// statements a call that is most of the cost. Used by one thread at a time: the writer, or whoever holds the reader.
/// </summary>
internal sealed class SqliteStatement : IRow, IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly nint _handle;
    private readonly byte[] _buffer;
    private readonly nint _bufferAt;
    private int _buffered;
    private int _next = 1;
    private bool _open;

    /// <param name="bufferBytes">
    /// Room for the bytes of one run's parameters, which SQLite then reads where they stand; what does not fit is copied by it.
    /// </param>
    public SqliteStatement(sqlite3 database, string sql, int bufferBytes = 0)
    {
        _database = database;
        Sqlite.Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement), database);
        _handle = _statement.DangerousGetHandle();
        _buffer = GC.AllocateUninitializedArray<byte>(bufferBytes, pinned: true);
        _bufferAt = Marshal.UnsafeAddrOfPinnedArrayElement(_buffer, 0);
    }

    /// <summary>Makes it ready to be bound and run again, whatever happened the last time.</summary>
    public SqliteStatement Reset()
    {
        Close();
        (_next, _buffered) = (1, 0);
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
        Sqlite.Check(SqliteNative.BindInt64(_handle, _next++, value), _database);
        return this;
    }

    public SqliteStatement Bind(bool value) => Bind(value ? 1L : 0L);

    public SqliteStatement Bind(long? value) => value is { } number ? Bind(number) : BindNull();

    public SqliteStatement Bind(Guid value)
    {
        if (_buffer.Length - _buffered < 16)
        {
            Span<byte> bytes = stackalloc byte[16];
            value.TryWriteBytes(bytes, bigEndian: true, out _);
            return Bind(bytes);
        }

        value.TryWriteBytes(_buffer.AsSpan(_buffered), bigEndian: true, out _);
        Sqlite.Check(SqliteNative.BindBlob(_handle, _next++, _bufferAt + _buffered, 16, SqliteNative.InPlace), _database);
        _buffered += 16;
        return this;
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
        if (Encoding.UTF8.TryGetBytes(value, _buffer.AsSpan(_buffered), out var written))
        {
            Sqlite.Check(SqliteNative.BindText(_handle, _next++, _bufferAt + _buffered, written, SqliteNative.InPlace), _database);
            _buffered += written;
            return this;
        }

        const int onStackMax = 512;
        var sizeMax = Encoding.UTF8.GetMaxByteCount(value.Length);
        var bytes = sizeMax <= onStackMax ? stackalloc byte[onStackMax] : new byte[sizeMax];
        Sqlite.Check(raw.sqlite3_bind_text(_statement, _next++, bytes[..Encoding.UTF8.GetBytes(value, bytes)]), _database);
        return this;
    }

    /// <summary>Binds bytes, or null.</summary>
    public SqliteStatement Bind(byte[]? value) => value is null ? BindNull() : Bind(value.AsSpan());

    /// <summary>Binds the values of a <see cref="QueryText"/>.</summary>
    public SqliteStatement Bind(List<object> values)
    {
        foreach (var value in values)
        {
            if (value is string text) Bind(text);
            else if (value is Guid id) Bind(id);
            else Bind((long)value);
        }

        return this;
    }

    public SqliteStatement BindNull()
    {
        Sqlite.Check(SqliteNative.BindNull(_handle, _next++), _database);
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

    /// <summary>Reads all rows.</summary>
    public ImmutableArray<T> ReadAll<T>(Func<IRow, T> read)
    {
        var found = ImmutableArray.CreateBuilder<T>();
        while (Step()) found.Add(read(this));
        return found.DrainToImmutable();
    }

    /// <summary>Reads the first row; null: there is none.</summary>
    public T? ReadFirst<T>(Func<IRow, T> read)
        where T : class => Step() ? read(this) : null;

    /// <summary>Runs to the end and answers how many rows it changed.</summary>
    public int Run()
    {
        while (Step()) { }
        return raw.sqlite3_changes(_database);
    }

    /// <summary>
    /// Runs an "insert or fail" and answers how many of its rows, in their order, were taken: all of <paramref name="count"/>, or those before
    /// the first whose primary key is there already.
    /// </summary>
    public int RunInsert(int count)
    {
        _open = true;
        var code = raw.sqlite3_step(_statement);
        var taken = raw.sqlite3_changes(_database);
        var fault = code is raw.SQLITE_DONE or raw.SQLITE_CONSTRAINT_PRIMARYKEY ? null : Sqlite.Fault(code, _database);
        Close();
        if (fault is not null) throw fault;
        return code == raw.SQLITE_DONE ? count : taken;
    }

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => raw.sqlite3_column_int(_statement, column);

    public bool Bool(int column) => raw.sqlite3_column_int(_statement, column) != 0;

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public Guid Id(int column) => new(raw.sqlite3_column_blob(_statement, column), bigEndian: true);

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    public void Dispose() => _statement.Dispose();
}
