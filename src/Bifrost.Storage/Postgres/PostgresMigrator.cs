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
        await ExecuteAsync(
            "create table if not exists schema_step " +
            "(number integer primary key, name text not null, hash text not null, at timestamptz not null default now())");
        foreach (var step in MigrationPlan.Missing(Migration.Of("Postgres"), await AppliedAsync(), $"The database {connection.Database}"))
        {
            await ExecuteAsync(step.Sql);
            await using var record = new NpgsqlCommand("insert into schema_step (number, name, hash) values ($1, $2, $3)", connection)
            {
                Parameters = { new() { Value = step.Number }, new() { Value = step.Name }, new() { Value = step.Hash } },
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

        async Task<Dictionary<int, string>> AppliedAsync()
        {
            var applied = new Dictionary<int, string>();
            await using var command = new NpgsqlCommand("select number, hash from schema_step", connection);
            await using var rows = await command.ExecuteReaderAsync(limit.Token);
            while (await rows.ReadAsync(limit.Token)) applied[rows.GetInt32(0)] = rows.GetString(1);
            return applied;
        }
    }
}
