using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bifrost.Benchmarks.Storage;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;

namespace Bifrost.Benchmarks.Jobs;

/// <summary>
/// What a million waiting jobs cost the real server, against none and few in the same run:
/// <c>dotnet run -c Release --project tests/Bifrost.Benchmarks -- pending sqlite|postgres [rows]</c>. The rows come through the store's port; half are
/// one key's. First the server runs no jobs: its start and its memory at rest. Then it runs them, few and many by turns, since machines are
/// shared: its rate and its memory at work.
/// </summary>
internal static class PendingFigures
{
    private const int Few = 100_000;
    private const int Keys = 100;
    private const int Writers = 256;
    private const int Rounds = 3;

    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_work = TimeSpan.FromSeconds(12);
    private static readonly byte[] s_body = Encoding.UTF8.GetBytes("""{"model":"sim/sim-1kb","messages":[{"role":"user","content":"Hello"}]}""");

    public static async Task RunAsync(string kind, int rows)
    {
        await using var server = kind == "postgres" ? await BenchmarkDatabase.StartPostgresAsync() : null;
        if (kind == "postgres" && server is null) return;
        var stores = new List<(int Pending, string Folder, BenchmarkDatabase Database)>();
        foreach (var pending in (int[])[0, Few, rows])
        {
            var folder = Directory.CreateTempSubdirectory("bifrost-pending-").FullName;
            var database = server is null ? BenchmarkDatabase.InFolder(folder) : await BenchmarkDatabase.OnAsync(server);
            var filling = Stopwatch.StartNew();
            await FillAsync(database, pending);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{pending,9} rows in {filling.Elapsed.TotalSeconds:0} s"));
            stores.Add((pending, folder, database));
        }

        // What the filling left for later is not what is measured.
        foreach (var (_, _, database) in stores)
            if (database.IsPostgres) foreach (var sql in (string[])["vacuum analyze", "checkpoint"]) await database.ExecuteAsync(sql);
        using (var flush = Process.Start("sync")) await flush.WaitForExitAsync();

        Console.WriteLine($"{kind + ", running no jobs",-25}{"pending",9}{"start ms",10}{"MB",7}{"MB +30 s",10}");
        foreach (var store in stores) await RestAsync(store.Folder, store.Database, store.Pending);
        Console.WriteLine($"{kind + ", running them",-25}{"pending",9}{"start ms",10}{"jobs/s",8}{"cpu ms/job",12}{"MB",7}{"left",9}");
        for (var round = 0; round < Rounds; round++)
            foreach (var store in stores.Where(store => store.Pending > 0)) await WorkAsync(store.Folder, store.Database, store.Pending);
        foreach (var store in stores) Directory.Delete(store.Folder, recursive: true);
    }

    private static async Task RestAsync(string folder, BenchmarkDatabase database, int pending)
    {
        await using var resting = await StartAsync(folder, database, "\"running_per_server_max\": 0");
        var atStart = resting.ResidentMb;
        await Task.Delay(s_rest, TimeProvider.System);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{"",25}{pending,9}{resting.FirstAnswer.TotalMilliseconds,10:0}{atStart,7:0}{resting.ResidentMb,10:0}"));
    }

    private static async Task WorkAsync(string folder, BenchmarkDatabase database, int pending)
    {
        await using var working = await StartAsync(folder, database, "\"queued_per_key_max\": 100000000");
        await Task.Delay(s_warmUp, TimeProvider.System);
        var (before, processorBefore, clock) = (await working.DepthAsync(), working.ProcessorTime, Stopwatch.StartNew());
        await Task.Delay(s_work, TimeProvider.System);
        var after = await working.DepthAsync();
        var (seconds, processor) = (clock.Elapsed.TotalSeconds, working.ProcessorTime - processorBefore);
        var done = before.Pending + before.Processing - after.Pending - after.Processing;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{"",25}{pending,9}{working.FirstAnswer.TotalMilliseconds,10:0}{done / seconds,8:0}" +
            $"{processor.TotalMilliseconds / Math.Max(1, done),12:0.00}{working.ResidentMb,7:0}{after.Pending,9}"));
    }

    private static Task<JobsServer> StartAsync(string folder, BenchmarkDatabase database, string jobs) =>
        JobsServer.StartAsync(folder, JobsServer.Configuration(database.Json, Enumerable.Range(0, Keys).Select(KeyOf), jobs));

    private static async Task FillAsync(BenchmarkDatabase database, int pending)
    {
        var options = new JobOptions { QueuedPerKeyMax = int.MaxValue, QueuedBytesPerKeyMax = long.MaxValue };
        await using var store = database.Open(options);
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
