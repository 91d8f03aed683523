using System.Collections.Immutable;
using System.Globalization;
using Bifrost.Catalog.Model;
using Bifrost.Ledger.Store;
using Bifrost.Ledger.Windows;
using Bifrost.Storage;

namespace Bifrost.Benchmarks.Storage;

/// <summary>
/// How much a store takes: <c>dotnet run -c Release --project tests/Bifrost.Benchmarks -- storage</c>. Everything is as in service, fsync
/// included; each silo sends one batch at a time, and all silos share one budget row. Medians of a few rounds.
/// </summary>
internal static class StorageFigures
{
    private const int Rounds = 5;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(1);

    public static async Task RunAsync()
    {
        Console.WriteLine($"{"store",-12}{"silos",6}{"commands",10}{"pairs/s",12}{"entries/s",12}");
        var directory = Directory.CreateTempSubdirectory("bifrost-figures-");
        await using (var store = BenchmarkDatabase.InFolder(directory.FullName).Open())
        {
            await MeasureAsync("SQLite", store, silos: 1, commands: 50);
            await MeasureAsync("SQLite", store, silos: 1, commands: 200);
        }

        directory.Delete(recursive: true);
        await using var server = await BenchmarkDatabase.StartPostgresAsync();
        if (server is null) return;
        await using var postgres = (await BenchmarkDatabase.OnAsync(server)).Open();
        foreach (var silos in new[] { 1, 3 })
        {
            await MeasureAsync("PostgreSQL", postgres, silos, commands: 50);
            await MeasureAsync("PostgreSQL", postgres, silos, commands: 200);
        }
    }

    private static async Task MeasureAsync(string name, Store store, int silos, int commands)
    {
        var pairs = await RateAsync(store, silos, silo => silo.PairsAsync(commands / 2));
        var entries = await RateAsync(store, silos, silo => silo.EntriesAsync(commands));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12}{silos,6}{commands,10}{pairs,12:0}{entries,12:0}"));
    }

    private static async Task<double> RateAsync(Store store, int silos, Func<Silo, Task<int>> batch)
    {
        var all = new List<Silo>();
        for (var i = 0; i < silos; i++) all.Add(await Silo.StartAsync(store.Ledger, i));
        await CountAsync(WarmUp);
        var rates = new List<double>();
        for (var round = 0; round < Rounds; round++) rates.Add(await CountAsync(Round) / Round.TotalSeconds);
        rates.Sort();
        return rates[Rounds / 2];

        async Task<double> CountAsync(TimeSpan length)
        {
            var started = TimeProvider.System.GetTimestamp();
            var counts = await Task.WhenAll(all.Select(async silo =>
            {
                var count = 0L;
                while (TimeProvider.System.GetElapsedTime(started) < length) count += await batch(silo);
                return count;
            }));
            return counts.Sum();
        }
    }

    /// <summary>One holder with a budget of its own and one that all share.</summary>
    private sealed class Silo(ILedgerStore ledger, Guid holder, ImmutableArray<string> chain)
    {
        private readonly List<Guid> _leases = [];

        public static async Task<Silo> StartAsync(ILedgerStore ledger, int number)
        {
            var budgets = new[] { "all", "team", $"key {number}" }.Select(id => new BudgetDefinition
            {
                Id = id, Level = BudgetLevel.Team, OwnerId = id, Period = new WindowPeriod(1, PeriodUnit.Day, CalendarAligned: false), LimitNanos = long.MaxValue / 4,
            });
            await ledger.ApplyAsync(new LedgerCatalogChange { Budgets = [.. budgets] }, CancellationToken.None);
            var holder = NewId();
            await ledger.RegisterHolderAsync(holder, TimeSpan.FromHours(1), 0, CancellationToken.None);
            return new Silo(ledger, holder, ["all", $"key {number}", "team"]);
        }

        /// <summary>Posts to the leases of the batch before and takes as many new ones.</summary>
        public async Task<int> PairsAsync(int count)
        {
            var posts = _leases.Select(lease => Entry(lease, 20)).ToImmutableArray();
            _leases.Clear();
            for (var i = 0; i < count; i++) _leases.Add(NewId());
            var acquires = _leases.Select(lease => new AcquireCommand
            {
                LeaseId = lease, HolderId = holder, VirtualKeyId = "vk", BudgetIds = chain, LeastNanos = 30, NeedNanos = 30, WantNanos = 60,
            });
            await ledger.RunAsync(new LedgerBatch { Posts = posts, Acquires = [.. acquires] }, CancellationToken.None);
            return posts.Length;
        }

        /// <summary>Posts to one lease, as a busy key does.</summary>
        public async Task<int> EntriesAsync(int count)
        {
            if (_leases.Count == 0) await PairsAsync(1);
            var posts = Enumerable.Range(0, count).Select(_ => Entry(_leases[0], 1)).ToImmutableArray();
            await ledger.RunAsync(new LedgerBatch { Posts = posts }, CancellationToken.None);
            return count;
        }

        private static Guid NewId() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

        private static LedgerEntry Entry(Guid lease, long cost) => new()
        {
            AttemptId = NewId(), LeaseId = lease, Kind = LedgerEntryKind.Settle, VirtualKeyId = "vk_0000000000000001", TeamId = "team_1", CustomerId = "customer_1",
            Provider = "openai", Model = "small-model-2026", RequestId = "req_0123456789abcdef", CostNanos = cost, Status = 200, LatencyMs = 412,
        };
    }
}
