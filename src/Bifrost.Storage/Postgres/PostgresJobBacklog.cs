using Bifrost.Jobs.Store;
using Bifrost.Storage.Jobs;
using Npgsql;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <summary>How much waits in all partitions: the counters of the keys, and two seeks for the age of each queue.</summary>
internal static class PostgresJobBacklog
{
    public static async Task<JobBacklog> ReadAsync(NpgsqlConnection connection, int ageKeysMax, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Then("select bifrost_now_ms()").Then(BacklogBuilder.DepthSql)
            .Then(BacklogBuilder.AgeSql, P(ageKeysMax)).Then(BacklogBuilder.OldestSql);
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        var backlog = new BacklogBuilder(ageKeysMax, rows.GetInt64(0));
        await rows.NextResultAsync(cancel);
        var row = new PostgresRow(rows);
        while (await rows.ReadAsync(cancel)) backlog.AddDepth(row);
        while (await rows.NextResultAsync(cancel))
            while (await rows.ReadAsync(cancel)) backlog.AddAge(row);
        return backlog.Build();
    }
}
