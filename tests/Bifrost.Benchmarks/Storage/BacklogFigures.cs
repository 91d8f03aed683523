using System.Diagnostics;
using System.Globalization;
using Bifrost.Jobs.Rules;
using Bifrost.Storage;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bifrost.Benchmarks.Storage;

/// <summary>
/// What the gauges of waiting jobs cost a store in which a million jobs wait, of one key, of some, or each of its own:
/// <c>dotnet run -c Release --project tests/Bifrost.Benchmarks -- backlog</c>. Beside it a count of the rows, which is what they must not cost.
/// </summary>
internal static class BacklogFigures
{
    private const int Waiting = 1_000_000;
    private const int Rounds = 9;

    private const string Columns =
        "id, virtual_key_id, partition, request_id, status, fence, attempts, drains, cancel_requested, not_before_ms, created_at_ms, result_ttl_s, " +
        "body_bytes, status_code";

    private static readonly JobOptions s_options = new();

    public static async Task RunAsync()
    {
        Console.WriteLine($"{"store",-12}{"pending",10}{"keys",9}{"ages of",9}{"median ms",11}{"worst ms",10}{"count(*) ms",13}");
        var directory = Directory.CreateTempSubdirectory("bifrost-backlog-");
        foreach (var keys in new[] { 1, 1_000, 100_000, Waiting })
        {
            var path = Path.Combine(directory.FullName, $"{keys}.db");
            await using (OpenSqlite(path)) { }
            await MeasureAsync(
                "SQLite", keys, () => OpenSqlite(path), sql => SqliteAsync(path, sql),
                $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {Waiting}) insert into job ({Columns}) " +
                $"select unhex(printf('%032x', i)), 'vk_' || (i % {keys}), (i % {keys}) % 32, 'r', 0, 0, 0, 0, 0, i, i, 60, 2, 0 from n");
            File.Delete(path);
        }

        directory.Delete(recursive: true);
        if (PostgresServer.FindBinaries() is not { } binaries) return;
        await using var server = await PostgresServer.StartAsync(binaries, durable: true);
        foreach (var keys in new[] { 1, 1_000, 100_000, Waiting })
        {
            var text = await server.CreateDatabaseAsync();
            await using (var first = OpenPostgres(text)) await first.Jobs.FixPartitionsAsync(32, default);
            await MeasureAsync(
                "PostgreSQL", keys, () => OpenPostgres(text), sql => PostgresAsync(text, sql),
                $"insert into job ({Columns}) select ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'vk_' || (i % {keys}), " +
                $"(i % {keys}) % 32, 'r', 0, 0, 0, 0, false, i, i, 60, 2, 0 from generate_series(1, {Waiting}) i");
        }
    }

    private static async Task MeasureAsync(string name, int keys, Func<Store> open, Func<string, Task> sql, string fill)
    {
        await sql(fill);
        await sql(
            "insert into job_key (virtual_key_id, partition, open_jobs, open_bytes) " +
            "select virtual_key_id, partition, count(*), 2 * count(*) from job group by virtual_key_id, partition");
        await sql("analyze");
        await sql("select count(*) from job where status = 0");
        var clock = Stopwatch.StartNew();
        await sql("select count(*) from job where status = 0");
        var countMs = clock.Elapsed.TotalMilliseconds;
        await using var store = open();
        await store.Jobs.FixPartitionsAsync(32, default);
        var times = new List<double>();
        for (var round = 0; round <= Rounds; round++)
        {
            clock.Restart();
            var backlog = await store.Jobs.ReadBacklogAsync(s_options.BacklogAgeKeysMax, default);

            // The first one warms up.
            if (round > 0) times.Add(clock.Elapsed.TotalMilliseconds);
            if (backlog.Partitions.Sum(depth => depth.Pending) != Waiting) throw new InvalidOperationException("The backlog is not what was filled in.");
        }

        times.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-12}{Waiting,10}{keys,9}{Math.Min(keys, s_options.BacklogAgeKeysMax),9}{times[Rounds / 2],11:0.0}{times[^1],10:0.0}{countMs,13:0.0}"));
    }

    private static Store OpenSqlite(string path) =>
        Store.OpenSqlite(new SqliteOptions { Path = path }, TimeProvider.System, NullLoggerFactory.Instance, s_options);

    private static Store OpenPostgres(string text) =>
        Store.OpenPostgres(new PostgresOptions { ConnectionString = text }, TimeProvider.System, NullLoggerFactory.Instance, s_options);

    private static Task SqliteAsync(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandTimeout = 600;
        command.CommandText = "pragma synchronous = off; " + sql;
        command.ExecuteNonQuery();
        return Task.CompletedTask;
    }

    private static async Task PostgresAsync(string text, string sql)
    {
        await using var source = NpgsqlDataSource.Create(text);
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 600;
        await command.ExecuteNonQueryAsync();
    }
}
