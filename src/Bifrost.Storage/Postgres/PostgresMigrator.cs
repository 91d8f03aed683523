using Bifrost.Storage.Migrations;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bifrost.Storage.Postgres;

/// <summary>Brings the schema up to date, all missing steps in one transaction, one process at a time.</summary>
internal static class PostgresMigrator
{
    /// <summary>Of this product; only the ones who change its schema take it.</summary>
    private const long AdvisoryLock = 0x6269_6672_6F73_74;

    public static async Task RunAsync(NpgsqlDataSource source, TimeSpan timeout, ILogger log)
    {
        using var limit = new CancellationTokenSource(timeout);
        await using var connection = await source.OpenConnectionAsync(limit.Token);
        await using var transaction = await connection.BeginTransactionAsync(limit.Token);
        await ExecuteAsync("set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
        await ExecuteAsync($"select pg_advisory_xact_lock({AdvisoryLock})");
        if (await MissingSchemaAsync() is { } schema) await ExecuteAsync($"create schema {schema}");
        await ExecuteAsync(
            "create table if not exists schema_step " +
            "(number integer primary key, name text not null, hash text not null, at timestamptz not null default now())");
        await ExecuteAsync("alter table schema_step add column if not exists expand_only boolean not null default false");
        foreach (var step in MigrationPlan.Missing(Migration.Of("Postgres"), await AppliedAsync(), $"The database {connection.Database}"))
        {
            await ExecuteAsync(step.Sql);
            await using var record = new NpgsqlCommand("insert into schema_step (number, name, hash, expand_only) values ($1, $2, $3, $4)", connection)
            {
                Parameters = { new() { Value = step.Number }, new() { Value = step.Name }, new() { Value = step.Hash }, new() { Value = step.IsExpandOnly } },
            };
            await record.ExecuteNonQueryAsync(limit.Token);
            Log.SchemaStepApplied(log, step.Name);
        }

        await transaction.CommitAsync(limit.Token);

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = (int)timeout.TotalSeconds };
            await command.ExecuteNonQueryAsync(limit.Token);
        }

        async Task<Dictionary<int, AppliedStep>> AppliedAsync()
        {
            var applied = new Dictionary<int, AppliedStep>();
            await using var command = new NpgsqlCommand("select number, hash, expand_only from schema_step", connection);
            await using var rows = await command.ExecuteReaderAsync(limit.Token);
            while (await rows.ReadAsync(limit.Token)) applied[rows.GetInt32(0)] = new AppliedStep(rows.GetString(1), rows.GetBoolean(2));
            return applied;
        }

        // The first schema of the connection's search path, quoted, where the database has none of that name.
        async Task<string?> MissingSchemaAsync()
        {
            var path = new NpgsqlConnectionStringBuilder(connection.ConnectionString).SearchPath;
            var first = path?.Split(',')[0].Trim();
            if (string.IsNullOrEmpty(first) || first.Contains("$user", StringComparison.Ordinal)) return null;
            await using var command = new NpgsqlCommand("select to_regnamespace($1) is null", connection) { Parameters = { new() { Value = first } } };
            if (!(bool)(await command.ExecuteScalarAsync(limit.Token))!) return null;
            return first.StartsWith('"') ? first : $"\"{first.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        }
    }
}
