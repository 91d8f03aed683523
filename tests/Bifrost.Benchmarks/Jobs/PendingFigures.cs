using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bifrost.Abstractions.Jobs;
using Bifrost.Core.Jobs;
using Bifrost.Core.Jobs.Store;
using Bifrost.Storage;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Benchmarks.Jobs;

/// <summary>
/// What a million waiting jobs cost the real server, against few in the same run:
/// <c>dotnet run -c Release --project tests/Bifrost.Benchmarks -- pending sqlite|postgres [rows]</c>. The rows come through the store's port; half are
/// one key's. First the server runs no jobs: its start and its memory at rest. Then it runs them: its rate and its memory at work.
/// </summary>
internal static class PendingFigures
{
    private const int Few = 60_000;
    private const int Keys = 100;
    private const int Writers = 256;

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_work = TimeSpan.FromSeconds(15);
    private static readonly byte[] s_body = Encoding.UTF8.GetBytes("""{"model":"sim/sim-1kb","messages":[{"role":"user","content":"Hello"}]}""");

    public static async Task RunAsync(string kind, int rows)
    {
        Console.WriteLine($"{"",-26}{"---- running no jobs ----",28}{"---------- running them ----------",40}");
        Console.WriteLine($"{"store",-12}{"pending",9}{"fill s",7}{"start ms",10}{"MB",7}{"MB +30 s",9}{"start ms",10}{"jobs/s",8}{"cpu ms/job",12}{"MB",7}{"left",9}");
        await using var server = kind == "postgres" ? await Databases.PostgresAsync() : null;
        foreach (var pending in (int[])[0, Few, rows])
        {
            var folder = Directory.CreateTempSubdirectory("bifrost-pending-");
            var connection = server is null ? null : await server.CreateDatabaseAsync();
            await MeasureAsync(kind, folder.FullName, connection, pending);
            folder.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(string kind, string folder, string? connection, int pending)
    {
        var filling = Stopwatch.StartNew();
        await FillAsync(folder, connection, pending);
        var filled = filling.Elapsed;
        var store = connection is null ? ServerProcess.Sqlite(folder) : ServerProcess.Postgres(connection);
        var keys = Enumerable.Range(0, Keys).Select(KeyOf).ToArray();
        TimeSpan restStart;
        double restMb, restedMb;
        await using (var resting = await ServerProcess.StartAsync(folder, ServerProcess.Configuration(store, keys, "\"running_per_server_max\": 0")))
        {
            (restStart, restMb) = (resting.FirstAnswer, resting.ResidentMb);
            await Task.Delay(s_rest, TimeProvider.System);
            restedMb = resting.ResidentMb;
        }

        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{kind,-12}{pending,9}{filled.TotalSeconds,7:0}{restStart.TotalMilliseconds,10:0}{restMb,7:0}{restedMb,9:0}");
        if (pending > 0) line += await WorkAsync(folder, ServerProcess.Configuration(store, keys, "\"queued_per_key_max\": 100000000"));
        Console.WriteLine(line);
    }

    private static async Task<string> WorkAsync(string folder, string configuration)
    {
        await using var working = await ServerProcess.StartAsync(folder, configuration);
        await Task.Delay(s_warmUp, TimeProvider.System);
        var (before, processorBefore, clock) = (await working.DepthAsync(), working.ProcessorTime, Stopwatch.StartNew());
        await Task.Delay(s_work, TimeProvider.System);
        var after = await working.DepthAsync();
        var (seconds, processor) = (clock.Elapsed.TotalSeconds, working.ProcessorTime - processorBefore);
        var done = before.Pending + before.Processing - after.Pending - after.Processing;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{working.FirstAnswer.TotalMilliseconds,10:0}{done / seconds,8:0}{processor.TotalMilliseconds / Math.Max(1, done),12:0.00}{working.ResidentMb,7:0}{after.Pending,9}");
    }

    private static async Task FillAsync(string folder, string? connection, int pending)
    {
        var options = new JobOptions { QueuedPerKeyMax = int.MaxValue, QueuedBytesPerKeyMax = long.MaxValue };
        await using var store = connection is null
            ? Store.OpenSqlite(new SqliteOptions { Path = Path.Combine(folder, "bifrost.db") }, TimeProvider.System, NullLoggerFactory.Instance, options)
            : Store.OpenPostgres(new PostgresOptions { ConnectionString = connection }, TimeProvider.System, NullLoggerFactory.Instance, options);
        await store.Jobs.FixPartitionsAsync(options.Partitions, CancellationToken.None);
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            await Task.Yield();
            for (var i = Interlocked.Increment(ref next); i <= pending; i = Interlocked.Increment(ref next))
            {
                // Every second one is the first key's.
                var submitted = await store.Jobs.SubmitAsync(Submission(KeyOf(i % 2 == 0 ? 0 : i / 2 % Keys)), CancellationToken.None);
                if (submitted is not JobAccepted) throw new InvalidOperationException($"A row came to {submitted}.");
            }
        }));
    }

    private static string KeyOf(int number) => string.Create(CultureInfo.InvariantCulture, $"key-{number}");

    private static JobSubmission Submission(string key) => new()
    {
        JobId = JobIds.New(TimeProvider.System),
        VirtualKeyId = key,
        Body = s_body,
        Call = new JobCall { RequestId = "req_0123456789abcdef" },
        ResultTtlSeconds = 3_600,
    };
}
