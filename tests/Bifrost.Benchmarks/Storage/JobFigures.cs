using System.Diagnostics;
using System.Globalization;
using Bifrost.Jobs.Contracts;
using Bifrost.Jobs.Rules;
using Bifrost.Jobs.Store;
using Bifrost.Storage;

namespace Bifrost.Benchmarks.Storage;

/// <summary>
/// How many jobs a store takes: <c>dotnet run -c Release --project tests/Bifrost.Benchmarks -- jobs</c>. Everything is as in service, fsync
/// included. Bodies and results of 1 KB; many callers at once, as the front-end and the runners are.
/// </summary>
internal static class JobFigures
{
    private const int Callers = 64;
    private const int Waiting = 1_000_000;
    private static readonly TimeSpan s_round = TimeSpan.FromSeconds(3);
    private static readonly JobOptions s_options = new() { QueuedPerKeyMax = int.MaxValue, RunningPerKeyMax = int.MaxValue };
    private static readonly byte[] s_body = new byte[1_024];

    public static async Task RunAsync()
    {
        Console.WriteLine($"{"store",-12}{"pending",10}{"keys",6}{"inserts/s",11}{"submits/s",11}{"lease+end/s",13}{"window ms",11}{"take/s",9}{"open ms",9}{"MB",6}");
        var directory = Directory.CreateTempSubdirectory("bifrost-figures-");
        await MeasureAllAsync(
            BenchmarkDatabase.InFolder(directory.FullName, "jobs.db"),
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < {0}) insert into job (" + Columns + ") select randomblob(16), 'full', {1}, 'r', 0, 0, 0, 0, 0, i, i, 60, 2, 0 from n",
            "insert into plain (id, body) values (randomblob(16), zeroblob(1024))",
            "create table if not exists plain (id blob primary key, body blob)");
        directory.Delete(recursive: true);
        await using var server = await BenchmarkDatabase.StartPostgresAsync();
        if (server is null) return;
        await MeasureAllAsync(
            await BenchmarkDatabase.OnAsync(server),
            "insert into job (" + Columns + ") select gen_random_uuid(), 'full', {1}, 'r', 0, 0, 0, 0, false, i, i, 60, 2, 0 from generate_series(1, {0}) i",
            "insert into plain (id, body) values (gen_random_uuid(), decode(repeat('00', 1024), 'hex'))",
            "create table if not exists plain (id uuid primary key, body bytea)");
    }

    private const string Columns =
        "id, virtual_key_id, partition, request_id, status, fence, attempts, drains, cancel_requested, not_before_ms, created_at_ms, result_ttl_s, body_bytes, status_code";

    private static async Task MeasureAllAsync(BenchmarkDatabase database, string fill, string insert, string plain)
    {
        await using (var first = database.Open(s_options))
        {
            await first.Jobs.FixPartitionsAsync(s_options.Partitions, default);
            await database.ExecuteAsync(plain);
            await MeasureAsync(database.Name, first, 0, keys: 1, await InsertsAsync(database, insert), default);
            await MeasureAsync(database.Name, first, 0, keys: 32, await InsertsAsync(database, insert), default);
        }

        var partition = JobPartition.Of("full", s_options.Partitions);
        await database.ExecuteAsync(string.Format(CultureInfo.InvariantCulture, fill, Waiting, partition));
        await database.ExecuteAsync($"insert into job_key (virtual_key_id, partition, open_jobs, open_bytes) values ('full', {partition}, {Waiting}, {2 * Waiting})");
        var clock = Stopwatch.StartNew();
        await using var second = database.Open(s_options);
        await second.Jobs.FixPartitionsAsync(s_options.Partitions, default);
        var opened = clock.Elapsed;
        await MeasureAsync(database.Name, second, Waiting, keys: 32, await InsertsAsync(database, insert), opened);
    }

    private static async Task MeasureAsync(string name, Store store, int pending, int keys, double inserts, TimeSpan opened)
    {
        var jobs = new Queue<JobRow>();
        var submits = await RateAsync(async caller =>
        {
            var reply = (JobAccepted)await store.Jobs.SubmitAsync(Submission($"vk_{caller % keys}"), default);
            lock (jobs) jobs.Enqueue(reply.Row);
            return true;
        });
        var runs = await RateAsync(async _ =>
        {
            JobRow? job;
            lock (jobs) if (!jobs.TryDequeue(out job)) return false;
            var leased = await store.Jobs.LeaseAsync(job.Id, job.Id, job.Fence, default);
            var outcome = new JobOutcome { StatusCode = 200, Body = s_body };
            await store.Jobs.EndAsync(job.Id, new JobEnd { Fence = leased.Row!.Fence, Status = JobStatus.Completed, Outcome = outcome }, default);
            return true;
        });

        // As a queue works: a window of the partition that is full, and a lease of each job in it.
        var partition = JobPartition.Of("full", s_options.Partitions);
        var (taken, windows, window) = (0, 0, new Stopwatch());
        var clock = Stopwatch.StartNew();
        for (; clock.Elapsed < s_round; windows++)
        {
            window.Start();
            var due = await store.Jobs.ReadDueAsync(new JobDueQuery { Partition = partition, KeysMax = 256, JobsPerKeyMax = 32 }, default);
            window.Stop();
            await Task.WhenAll(due.Jobs.Select(job => store.Jobs.LeaseAsync(job.JobId, job.JobId, job.Fence, default)));
            taken += due.Jobs.Length;
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-12}{pending,10}{keys,6}{inserts,11:0}{submits,11:0}{runs,13:0}{window.Elapsed.TotalMilliseconds / windows,11:0.00}" +
            $"{taken / clock.Elapsed.TotalSeconds,9:0}{opened.TotalMilliseconds,9:0}{GC.GetTotalMemory(forceFullCollection: true) / 1_048_576.0,6:0.0}"));
    }

    /// <summary>One-row transactions of 1 KB on one connection: what the disk allows without grouping.</summary>
    private static async Task<double> InsertsAsync(BenchmarkDatabase database, string insert)
    {
        var clock = Stopwatch.StartNew();
        var count = 0;
        for (; clock.Elapsed < s_round; count++) await database.ExecuteAsync(insert);
        return count / clock.Elapsed.TotalSeconds;
    }

    /// <param name="work">False: there is nothing left to do.</param>
    private static async Task<double> RateAsync(Func<int, Task<bool>> work)
    {
        await CountAsync(s_round / 6);
        return await CountAsync(s_round);

        async Task<double> CountAsync(TimeSpan length)
        {
            var clock = Stopwatch.StartNew();
            var counts = await Task.WhenAll(Enumerable.Range(0, Callers).Select(async caller =>
            {
                var count = 0;
                while (clock.Elapsed < length && await work(caller)) count++;
                return count;
            }));
            return counts.Sum() / clock.Elapsed.TotalSeconds;
        }
    }

    private static JobSubmission Submission(string key) => new()
    {
        JobId = JobIds.New(TimeProvider.System),
        VirtualKeyId = key,
        Body = s_body,
        Call = new JobCall { RequestId = "req_0123456789abcdef" },
        ResultTtlSeconds = 3_600,
    };
}
