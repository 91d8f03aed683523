using Microsoft.Data.Sqlite;

namespace Bifrost.Storage.Sqlite;

/// <summary>One open connection with the statements prepared on it so far. Used by one thread at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteStatement> _statements = new(StringComparer.Ordinal);

    public SqliteSession(string path, bool readOnly)
    {
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = readOnly ? SqliteOpenMode.ReadOnly : SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = 5,
        }.ConnectionString);
        try
        {
            _connection.Open();
            Script("pragma busy_timeout = 5000; pragma cache_size = -32768; pragma temp_store = memory;");
            if (readOnly) return;

            // FULL: a commit is on disk before anyone is told. The longer checkpoint distance keeps the same pages from being copied often.
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
            _statements[sql] = statement = new SqliteStatement(_connection.Handle!, sql);
        return statement.Reset();
    }

    /// <summary>A statement whose text is put together at run time; the caller disposes it.</summary>
    public SqliteStatement PrepareOnce(string sql) => new(_connection.Handle!, sql);

    /// <summary>Ends the transaction, and every read that was left standing on a row.</summary>
    public void Commit()
    {
        foreach (var statement in _statements.Values) statement.Close();
        Prepare("commit").Run();
    }

    /// <summary>Runs several statements without parameters.</summary>
    public void Script(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>True while a transaction is open; an I/O error may have ended it behind our back.</summary>
    public bool InTransaction => SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    public void Dispose()
    {
        foreach (var statement in _statements.Values) statement.Dispose();
        _statements.Clear();
        _connection.Dispose();
    }
}
