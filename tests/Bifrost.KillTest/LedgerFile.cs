using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Bifrost.KillTest;

/// <summary>Reads the store with plain SQL, past all of the gateway's own code.</summary>
internal sealed class LedgerFile(string? postgres, string sqlitePath)
{
    public async Task<LedgerImage> ReadAsync()
    {
        await using var connection = await OpenAsync();

        // One snapshot: the server may be alive.
        await using var transaction = await connection.BeginTransactionAsync(
            postgres is null ? System.Data.IsolationLevel.Serializable : System.Data.IsolationLevel.RepeatableRead);
        var entries = await RowsAsync(connection, transaction,
            "select attempt_id, lease_id, kind, virtual_key_id, model, cost_nanos, prompt_tokens, completion_tokens, cached_read_tokens, estimated, status, job_id from ledger_entry",
            r => new EntryRow(Id(r, 0)!.Value, Id(r, 1), (int)Number(r, 2), r.GetString(3), r.GetString(4), Number(r, 5), Number(r, 6), Number(r, 7),
                Number(r, 8), Convert.ToBoolean(r.GetValue(9), CultureInfo.InvariantCulture), (int)Number(r, 10),
                Guid.TryParse(r.GetValue(11) as string, out var job) ? job : null));
        var leases = await RowsAsync(connection, transaction,
            "select id, virtual_key_id, chain, granted_nanos, settled_nanos, state from credit_lease",
            r => new LeaseRow(Id(r, 0)!.Value, r.GetString(1), Chain(r.GetString(2)), Number(r, 3), Number(r, 4), (int)Number(r, 5)));
        var budgets = await RowsAsync(connection, transaction,
            "select id, limit_nanos, window_start_ms, posted_nanos, leased_nanos, doubt_nanos from budget",
            r => new BudgetRow(r.GetString(0), Number(r, 1), Number(r, 2), Number(r, 3), Number(r, 4), Number(r, 5)));
        var jobs = await RowsAsync(connection, transaction,
            "select j.id, j.virtual_key_id, j.status, j.body_bytes, coalesce(r.length, 0) from job j left join job_result r on r.job_id = j.id",
            r => new StoredJob(Id(r, 0)!.Value, r.GetString(1), (int)Number(r, 2), Number(r, 3), Number(r, 4)));
        var kept = await RowsAsync(connection, transaction, "select virtual_key_id, bytes from job_kept", r => (r.GetString(0), Number(r, 1)));
        return new LedgerImage(entries, leases, budgets, jobs, kept);
    }

    private async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = postgres is null
            ? new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = sqlitePath, Pooling = false }.ToString())
            : new NpgsqlConnection(postgres);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<List<T>> RowsAsync<T>(DbConnection connection, DbTransaction transaction, string sql, Func<DbDataReader, T> read)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }

    private static long Number(DbDataReader reader, int column) => Convert.ToInt64(reader.GetValue(column), CultureInfo.InvariantCulture);

    private static Guid? Id(DbDataReader reader, int column) => reader.GetValue(column) switch
    {
        Guid id => id,
        byte[] bytes => new Guid(bytes, bigEndian: true),
        _ => null,
    };

    private static List<(string, long)> Chain(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(link => (link[0].GetString()!, link[1].GetInt64()))];
    }
}
