using System.Collections.Immutable;
using System.Globalization;
using Bifrost.Benchmarks.Storage;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Leases;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Benchmarks.Ledger;

/// <summary>
/// What a call's accounting costs in CPU time of this process, kernel included:
/// <c>dotnet run -c Release --project tests/Bifrost.Benchmarks -- ledger [none] [sqlite] [postgres]</c>. Entries straight into a store in batches, then holds and entries
/// through the lease book at a fixed rate, with the store that answers at once as the measure of the book alone. Medians of a few rounds.
/// </summary>
internal static class LedgerFigures
{
    private const int Rounds = 5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(string[] stores)
    {
        if (stores is []) stores = ["none", "sqlite", "postgres"];
        Console.WriteLine($"{"store",-12}{"what",-26}{"per s",10}{"CPU us each",14}{"writer us",12}{"per batch",12}");
        if (stores.Contains("none")) await BookAsync("none", new GrantingStore());
        if (stores.Contains("sqlite")) await SqliteAsync();
        if (stores.Contains("postgres")) await PostgresAsync();
    }

    private static async Task SqliteAsync()
    {
        var directory = Directory.CreateTempSubdirectory("bifrost-figures-");
        await using (var store = BenchmarkDatabase.InFolder(directory.FullName).Open()) await StoreAsync("SQLite", store);
        directory.Delete(recursive: true);
    }

    private static async Task PostgresAsync()
    {
        await using var server = await BenchmarkDatabase.StartPostgresAsync();
        if (server is null) return;
        await using var postgres = (await BenchmarkDatabase.OnAsync(server)).Open();
        await StoreAsync("PostgreSQL", postgres);
    }

    private static async Task StoreAsync(string name, Store store)
    {
        var definitions = LedgerCall.Chain.Ids.Select(id => new BudgetDefinition
        {
            Id = id, Level = BudgetLevel.Team, OwnerId = id, Period = new WindowPeriod(1, PeriodUnit.Day, CalendarAligned: false), LimitNanos = long.MaxValue / 4,
        });
        await store.Ledger.ApplyAsync(new LedgerCatalogChange { Budgets = [.. definitions] }, default);
        foreach (var count in new[] { 20, 100, 200 }) await MeasureAsync(name, $"entries, {count} a batch", () => BatchesAsync(store.Ledger, count));
        await BookAsync(name, store.Ledger);
    }

    private static async Task BookAsync(string name, ILedgerStore store)
    {
        var book = new LeaseBook(store, new LedgerOptions(), TimeProvider.System, NullLogger<LeaseBook>.Instance);
        await book.StartAsync(default);
        while (!book.MayAdmit)
        {
            book.TakeCatalog(book.CatalogVersion, _ => true);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        foreach (var rate in new[] { 1_000, 10_000, 20_000 }) await MeasureAsync(name, $"holds and posts, {rate}/s", () => CallsAsync(book, rate));
        await book.StopAsync(default);
    }

    private static async Task MeasureAsync(string store, string what, Func<Task<(long Count, long Batches)>> run)
    {
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < WarmUp;) await run();
        var rounds = new List<(double Rate, double Micros, double Writer, double PerBatch)>();
        for (var round = 0; round < Rounds; round++)
        {
            var (started, cpu, writer) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime, WriterMicros());
            var (count, batches) = await run();
            var length = TimeProvider.System.GetElapsedTime(started);
            var micros = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds;
            rounds.Add((count / length.TotalSeconds, micros / count, (WriterMicros() - writer) / count, (double)count / Math.Max(1, batches)));
        }

        var median = rounds.OrderBy(round => round.Micros).ElementAt(Rounds / 2);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{store,-12}{what,-26}{median.Rate,10:0}{median.Micros,14:0.00}{median.Writer,12:0.00}{median.PerBatch,12:0}"));
    }

    /// <summary>CPU time of SQLite's writer thread, where the system tells; 0 elsewhere.</summary>
    private static double WriterMicros()
    {
        const string threads = "/proc/self/task";
        if (!Directory.Exists(threads)) return 0;
        var nanos = 0d;
        foreach (var thread in Directory.GetDirectories(threads))
        {
            if (File.ReadAllText(Path.Combine(thread, "comm")).TrimEnd() != "sqlite writer") continue;
            nanos += double.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
        }

        return nanos / 1_000;
    }

    /// <summary>Batches of entries one after another, each when the one before is durable.</summary>
    private static async Task<(long Count, long Batches)> BatchesAsync(ILedgerStore ledger, int count)
    {
        var holder = LedgerCall.NewId();
        await ledger.RegisterHolderAsync(holder, TimeSpan.FromHours(1), 0, default);
        var lease = LedgerCall.NewId();
        await ledger.RunAsync(
            new LedgerBatch
            {
                Acquires = [new AcquireCommand { LeaseId = lease, HolderId = holder, VirtualKeyId = "vk", BudgetIds = LedgerCall.Chain.Ids, LeastNanos = 1_000, NeedNanos = 1_000, WantNanos = 1_000 }],
            },
            default);
        var batches = 0L;
        for (var started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < Round; batches++)
        {
            var posts = ImmutableArray.CreateBuilder<LedgerEntry>(count);
            while (posts.Count < count) posts.Add(LedgerCall.Entry(LedgerCall.NewId(), lease));
            await ledger.RunAsync(new LedgerBatch { Posts = posts.MoveToImmutable() }, default);
        }

        return (batches * count, batches);
    }

    /// <summary>Calls at a fixed rate, each a hold and an entry that nobody holds a thread for.</summary>
    private static async Task<(long Count, long Batches)> CallsAsync(LeaseBook book, int rate)
    {
        var (made, ended) = (0L, new TaskCompletionSource());
        var running = 1L;
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var before = book.Stats().Batches;
        var started = TimeProvider.System.GetTimestamp();
        for (var elapsed = TimeSpan.Zero; elapsed < Round; elapsed = TimeProvider.System.GetElapsedTime(started))
        {
            for (var due = (long)(rate * elapsed.TotalSeconds); made < due; made++)
            {
                Interlocked.Increment(ref running);
                _ = CallAsync();
            }

            await beat.WaitForNextTickAsync();
        }

        Ended();
        await ended.Task;
        return (made, book.Stats().Batches - before);

        async Task CallAsync()
        {
            var attemptId = LedgerCall.NewId();
            var held = await book.HoldAsync(new HoldRequest(attemptId, LedgerCall.Chain, "vk", 30_000, book.CatalogVersion), default);
            if (!held.Admitted) throw new InvalidOperationException(held.Refusal?.Message ?? "stale");
            await book.PostAsync(LedgerCall.Entry(attemptId, held.LeaseId));
            Ended();
        }

        void Ended()
        {
            if (Interlocked.Decrement(ref running) == 0) ended.SetResult();
        }
    }
}
