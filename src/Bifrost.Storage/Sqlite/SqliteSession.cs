using SQLitePCL;

namespace Bifrost.Storage.Sqlite;

/// <summary>One open connection with the statements prepared on it so far. Used by one thread at a time, so it is opened without mutexes.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly sqlite3 _database;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);
    private SqliteEntryInserts? _entries;

    public SqliteSession(string path, bool readOnly)
    {
        Batteries_V2.Init();
        var mode = readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE;
        var opened = raw.sqlite3_open_v2(path, out _database, mode | raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_PRIVATECACHE, null);
        try
        {
            Sqlite.Check(opened, _database);
            Sqlite.Check(raw.sqlite3_extended_result_codes(_database, 1), _database);
            Script("pragma busy_timeout = 5000; pragma cache_size = -32768; pragma temp_store = memory;");
            if (readOnly) return;

            // FULL: a commit is on disk before anyone is told. The longer checkpoint distance keeps the same pages from being copied often.
            // The smaller cache: a commit after a page was split looks at every page in it. A tail of appended pages needs little.
            Script("pragma cache_size = -4096;");
            Script("pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 8000; pragma journal_size_limit = 67108864;");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The statement of this text, reset and ready to bind. Texts are constants, so the cache is bounded by the code.</summary>
    public SqliteStatement Prepare(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = new SqliteStatement(_database, sql);
        return statement.Reset();
    }

    /// <summary>The inserts of ledger entries.</summary>
    public SqliteEntryInserts Entries => _entries ??= new SqliteEntryInserts(this);

    /// <summary>A statement whose text is put together at run time; the caller disposes it.</summary>
    public SqliteStatement PrepareOnce(string sql) => new(_database, sql);

    /// <summary>A statement whose rows are bound from a buffer of its own; the caller keeps and disposes it.</summary>
    public SqliteStatement PrepareBuffered(string sql, int bufferBytes) => new(_database, sql, bufferBytes);

    /// <summary>Ends the transaction, and every read that was left standing on a row.</summary>
    public void Commit()
    {
        foreach (var statement in _statements.Values) statement.Close();
        Prepare("commit").Run();
    }

    /// <summary>Runs several statements without parameters.</summary>
    public void Script(string sql) => Sqlite.Check(raw.sqlite3_exec(_database, sql), _database);

    /// <summary>The one number of a query.</summary>
    public long Number(string sql)
    {
        var row = Prepare(sql);
        row.Step();
        var number = row.Long(0);
        row.Close();
        return number;
    }

    /// <summary>The first text of a query.</summary>
    public string Text(string sql)
    {
        var row = Prepare(sql);
        row.Step();
        var text = row.Text(0);
        row.Close();
        return text;
    }

    /// <summary>True while a transaction is open; an I/O error may have ended it behind our back.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_database) == 0;

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _statements.Clear();
        _entries?.Dispose();
        _database.Dispose();
    }
}
