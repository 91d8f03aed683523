using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bifrost.Benchmarks.Storage;

namespace Bifrost.Benchmarks.Jobs;

/// <summary>
/// How long a single job of one key takes while another key has 100 000 in the queue, against an idle system in the same run:
/// <c>dotnet run -c Release --project tests/Bifrost.Benchmarks -- fairness [postgres]</c>. The real server in its own process, jobs over HTTP, the
/// built-in simulated provider that answers at once, so that the crowd takes all the processor it gets.
/// </summary>
internal static class FairnessFigures
{
    private const int Crowd = 100_000;
    private const int Submitters = 64;
    private const int Singles = 40;
    private const int WaitMoreMaxMs = 1_000;

    private static readonly byte[] s_body = Encoding.UTF8.GetBytes("""{"model":"sim/sim-1kb","messages":[{"role":"user","content":"Hello"}]}""");

    /// <returns>The exit code: 1 when the single jobs waited longer than allowed.</returns>
    public static async Task<int> RunAsync(bool postgres)
    {
        await using var server = postgres ? await BenchmarkDatabase.StartPostgresAsync() : null;
        if (postgres && server is null) return 1;
        var folder = Directory.CreateTempSubdirectory("bifrost-fairness-");
        var database = server is null ? BenchmarkDatabase.InFolder(folder.FullName) : await BenchmarkDatabase.OnAsync(server);
        var configuration = JobsServer.Configuration(database.Json, ["crowd", "single"], "\"queued_per_key_max\": 200000");
        bool held;
        await using (var jobs = await JobsServer.StartAsync(folder.FullName, configuration))
        {
            await SinglesAsync(jobs, 10);
            var idle = await SinglesAsync(jobs, Singles);
            var (accepted, seconds) = await SubmitCrowdAsync(jobs);
            var before = await jobs.DepthAsync("crowd");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{accepted} jobs of one key submitted in {seconds:0.0} s ({accepted / seconds:0}/s); {before.Pending} wait, {before.Processing} run"));
            var crowded = await SinglesAsync(jobs, Singles);
            var after = await jobs.DepthAsync("crowd");
            held = Print(idle, crowded, before.Pending, after.Pending);
        }

        folder.Delete(recursive: true);
        return held ? 0 : 1;
    }

    private static bool Print(double[] idle, double[] crowded, long pendingBefore, long pendingAfter)
    {
        Array.Sort(idle);
        Array.Sort(crowded);
        Console.WriteLine($"{"another key's single job, submitted to ended, ms",-52}{"median",9}{"max",9}");
        Row("idle", idle);
        Row($"behind {pendingBefore} to {pendingAfter} waiting jobs", crowded);
        var (median, max) = (crowded[Singles / 2] - idle[Singles / 2], crowded[^1] - idle[Singles / 2]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"longer than the idle median by",-52}{median,9:0.0}{max,9:0.0}"));
        var held = max <= WaitMoreMaxMs && pendingAfter > 0;
        Console.WriteLine(held ? $"held: at most {WaitMoreMaxMs} ms longer" : $"NOT held: more than {WaitMoreMaxMs} ms longer, or the crowd was through before the end");
        return held;

        static void Row(string name, double[] times) =>
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-52}{times[times.Length / 2],9:0.0}{times[^1],9:0.0}"));
    }

    private static async Task<double[]> SinglesAsync(JobsServer server, int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var clock = Stopwatch.StartNew();
            var (status, job) = await server.SubmitAsync("single", s_body);
            if (status != 202) throw new InvalidOperationException($"The single job was answered with {status}: {job}");
            var ended = await server.EndedAsync("single", job.GetProperty("id").GetString()!);
            times[i] = clock.Elapsed.TotalMilliseconds;
            if (ended.GetProperty("status").GetString() != "completed") throw new InvalidOperationException($"The single job has not completed: {ended}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return times;
    }

    /// <summary>Submits until so many wait at once: they are run meanwhile.</summary>
    private static async Task<(int Accepted, double Seconds)> SubmitCrowdAsync(JobsServer server)
    {
        var clock = Stopwatch.StartNew();
        var accepted = 0;
        while (true)
        {
            var missing = Crowd - (int)(await server.DepthAsync("crowd")).Pending;
            if (missing <= 0) return (accepted, clock.Elapsed.TotalSeconds);
            var left = Math.Max(missing, 1_000);
            await Task.WhenAll(Enumerable.Range(0, Submitters).Select(async _ =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    var (status, job) = await server.SubmitAsync("crowd", s_body);
                    if (status != 202) throw new InvalidOperationException($"A job of the crowd was answered with {status}: {job}");
                    Interlocked.Increment(ref accepted);
                }
            }));
        }
    }
}
