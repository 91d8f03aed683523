using Npgsql;

namespace Bifrost.Storage.Postgres;

/// <summary>Several statements that travel together, with parameters by position.</summary>
internal static class PostgresBatch
{
    public static NpgsqlBatch Then(this NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
        return batch;
    }

    public static NpgsqlParameter P<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    /// <summary>Bytes, or null.</summary>
    public static NpgsqlParameter Bytes(byte[]? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea };

    /// <summary>The parameters of a <see cref="QueryText"/>.</summary>
    public static NpgsqlParameter[] Values(QueryText query) => [.. query.Values.Select(value => new NpgsqlParameter { Value = value })];

    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    public static async Task<int> ExecuteAsync(this NpgsqlConnection connection, CancellationToken cancel, string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Reads all rows of one statement.</summary>
    public static async Task<ImmutableArray<T>> QueryAsync<T>(
        this NpgsqlConnection connection, CancellationToken cancel, Func<IRow, T> read, string sql, params NpgsqlParameter[] parameters)
    {
        await using var command = connection.Command(sql, parameters);
        await using var rows = await command.ExecuteReaderAsync(cancel);
        return await rows.ReadAllAsync(read, cancel);
    }

    /// <summary>Reads all rows of the result that a reader stands at.</summary>
    public static async Task<ImmutableArray<T>> ReadAllAsync<T>(this NpgsqlDataReader rows, Func<IRow, T> read, CancellationToken cancel)
    {
        var row = new PostgresRow(rows);
        var found = ImmutableArray.CreateBuilder<T>();
        while (await rows.ReadAsync(cancel)) found.Add(read(row));
        return found.DrainToImmutable();
    }
}
