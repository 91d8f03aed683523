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
            .Then(BacklogBuilder.AgeSql + "$1" + BacklogBuilder.AgeSqlEnd, P(ageKeysMax)).Then(BacklogBuilder.OldestSql);
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        var backlog = new BacklogBuilder(ageKeysMax, rows.GetInt64(0));
        await rows.NextResultAsync(cancel);
        while (await rows.ReadAsync(cancel))
            backlog.Add(rows.GetInt32(0), rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4), rows.GetInt64(5));
        while (await rows.NextResultAsync(cancel))
            while (await rows.ReadAsync(cancel)) backlog.AddAge(rows.GetInt32(0), rows.OrNull<long>(1));
        return backlog.Build();
    }
}
