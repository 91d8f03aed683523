using System.Diagnostics;
using System.Globalization;
using Bifrost.Jobs.Rules;

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

    private static readonly int[] s_keys = [1, 1_000, 100_000, Waiting];
    private static readonly JobOptions s_options = new();

    public static async Task RunAsync()
    {
        Console.WriteLine($"{"store",-12}{"pending",10}{"keys",9}{"ages of",9}{"median ms",11}{"worst ms",10}{"count(*) ms",13}");
        var directory = Directory.CreateTempSubdirectory("bifrost-backlog-");
        foreach (var keys in s_keys)
        {
            var file = BenchmarkDatabase.InFolder(directory.FullName, $"{keys}.db");
            await using (file.Open(s_options)) { }
            await MeasureAsync(
                file, keys,
                $"with recursive n(i) as (select 1 union all select i + 1 from n where i < {Waiting}) insert into job ({Columns}) " +
                $"select unhex(printf('%032x', i)), 'vk_' || (i % {keys}), (i % {keys}) % 32, 'r', 0, 0, 0, 0, 0, i, i, 60, 2, 0 from n");
            foreach (var left in directory.EnumerateFiles()) left.Delete();
        }

        directory.Delete(recursive: true);
        await using var server = await BenchmarkDatabase.StartPostgresAsync();
        if (server is null) return;
        foreach (var keys in s_keys)
        {
            var database = await BenchmarkDatabase.OnAsync(server);
            await using (var first = database.Open(s_options)) await first.Jobs.FixPartitionsAsync(32, default);
            await MeasureAsync(
                database, keys,
                $"insert into job ({Columns}) select ('00000000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'vk_' || (i % {keys}), " +
                $"(i % {keys}) % 32, 'r', 0, 0, 0, 0, false, i, i, 60, 2, 0 from generate_series(1, {Waiting}) i");
        }
    }

    private static async Task MeasureAsync(BenchmarkDatabase database, int keys, string fill)
    {
        await SqlAsync(fill);
        await SqlAsync(
            "insert into job_key (virtual_key_id, partition, open_jobs, open_bytes) " +
            "select virtual_key_id, partition, count(*), 2 * count(*) from job group by virtual_key_id, partition");
        await SqlAsync("analyze");
        await SqlAsync("select count(*) from job where status = 0");
        var clock = Stopwatch.StartNew();
        await SqlAsync("select count(*) from job where status = 0");
        var countMs = clock.Elapsed.TotalMilliseconds;
        await using var store = database.Open(s_options);
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
            $"{database.Name,-12}{Waiting,10}{keys,9}{Math.Min(keys, s_options.BacklogAgeKeysMax),9}{times[Rounds / 2],11:0.0}{times[^1],10:0.0}{countMs,13:0.0}"));

        Task SqlAsync(string sql) => database.ExecuteAsync(sql, durable: false);
    }
}
