using System.Text.Json;
using Bifrost.KillTest.Jobs;

namespace Bifrost.KillTest;

/// <summary>One whole proof: rounds that end with SIGKILL, a last one that ends in order, and the audit.</summary>
internal sealed class KillRun(KillOptions options, DirectoryInfo folder, string? postgres)
{
    private const string AdminToken = "kill-test-admin-0123456789abcdef0123";
    private static readonly TimeSpan s_quietMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_jobsEndMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Random _random = new(options.Seed);
    private readonly LoadCounts _counts = new();
    private readonly List<Life> _lives = [];
    private readonly List<string> _violations = [];
    private readonly JobBook? _jobs = options.Jobs > 0 ? new JobBook(options.Jobs, options.Seed) : null;
    private readonly Dictionary<int, PolledJob> _ended = [];
    private readonly LedgerFile _ledger = new(postgres, Path.Combine(folder.FullName, "bifrost.db"));
    private readonly Uri _server = FreePort.Address();
    private readonly Uri _simulator = FreePort.Address();

    private string BillPath => Path.Combine(folder.FullName, "bill.jsonl");

    public static async Task<int> RunAsync(KillOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("bifrost-kill-");
        await using var database = options.Postgres is null ? null : await PrivateDatabase.MakeAsync(options.Postgres);
        var kind = database is null ? "SQLite" : "PostgreSQL";
        Console.WriteLine($"Kill test on {kind}: {options.Rounds} kills, {options.Callers} callers{(options.Jobs > 0 ? $", {options.Jobs} jobs" : "")}, seed {options.Seed}.");
        var failed = await new KillRun(options, folder, database?.ConnectionString).RunAsync() > 0;
        if (failed) Console.WriteLine($"Kept for a look: {folder.FullName}");
        else folder.Delete(recursive: true);
        return failed ? 1 : 0;
    }

    private async Task<int> RunAsync()
    {
        var store = postgres is null
            ? JsonSerializer.Serialize(new { type = "sqlite", path = Path.Combine(folder.FullName, "bifrost.db") })
            : JsonSerializer.Serialize(new { type = "postgres", connection_string = postgres });
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "kill.json"), Scenario.Configuration(_simulator, store));
        var bill = new ServerStart(options.SimulatorPath, folder.FullName, "--urls", _simulator.ToString(), "--bill", BillPath);
        await using var simulator = ServerProcess.Start(bill);
        await simulator.ReadyAsync(new Uri(_simulator, "health"));
        for (var round = 1; round <= options.Rounds; round++) await RoundAsync(round);
        await LastRoundAsync();
        await simulator.TerminateAsync();
        await simulator.EndsAsync();
        await JudgeAsync();
        return _violations.Count;
    }

    private async Task RoundAsync(int round)
    {
        var from = _time.GetUtcNow();
        await using var server = await StartAsync();
        var seconds = options.Seconds * (0.2 + (0.8 * _random.NextDouble()));
        await LoadAsync(seconds, server.KillAsync);
        _lives.Add(new Life(from, _time.GetUtcNow(), Killed: true));

        var ledger = await _ledger.ReadAsync();
        var broken = InvariantAudit.Violations(ledger, quiet: false).Concat(JobAudit.KeptViolations(ledger)).ToList();
        Violate(broken.Select(what => $"after kill {round}: {what}"));
        Console.WriteLine(
            $"round {round,2}: killed after {seconds:F2} s; so far {_counts}; {ledger.Entries.Count} entries, {ledger.Leases.Count(lease => lease.State == 0)} leases in hand, "
            + $"{ledger.Leases.Count(lease => lease.State == 1)} in doubt; invariants {(broken.Count == 0 ? "hold" : "BROKEN")}");
    }

    private async Task LastRoundAsync()
    {
        var from = _time.GetUtcNow();
        await using var server = await StartAsync();
        _jobs?.Release(_jobs.Total);
        await LoadAsync(options.Seconds, () => Task.CompletedTask);
        if (_jobs is not null) await EndJobsAsync(_jobs);
        var deadline = _time.GetUtcNow() + s_quietMax;
        while ((await _ledger.ReadAsync()).Leases.Any(lease => lease.State == 0) && _time.GetUtcNow() < deadline) await Task.Delay(s_tick * 5, _time);
        await server.TerminateAsync();
        var code = await server.EndsAsync();
        if (code != 0) Violate([$"the last server ended with code {code}"]);
        _lives.Add(new Life(from, _time.GetUtcNow(), Killed: false));
    }

    /// <summary>Calls for so long, then <paramref name="end"/> in the midst of them; returns when every caller has seen its end.</summary>
    private async Task LoadAsync(double seconds, Func<Task> end)
    {
        using var stop = new CancellationTokenSource();
        using var calls = new Load(_server, _random.Next(), _counts);
        using var jobs = _jobs is null ? null : new JobLoad(_server, _jobs, _counts);
        _jobs?.Release(_jobs.Total / (options.Rounds + 1));
        var calling = jobs?.RunAsync(options.Callers, _random.Next(), stop.Token) ?? calls.RunAsync(options.Callers, stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(seconds), _time);
        await end();
        await stop.CancelAsync();
        await calling;
    }

    /// <summary>Submits what is left and reads every job until it has ended.</summary>
    private async Task EndJobsAsync(JobBook book)
    {
        using var load = new JobLoad(_server, book, _counts);
        var deadline = _time.GetUtcNow() + s_jobsEndMax;
        while (book.Accepted.Count < book.Total && _time.GetUtcNow() < deadline) await LoadAsync(seconds: 1, () => Task.CompletedTask);
        while (_ended.Count < book.Accepted.Count && _time.GetUtcNow() < deadline)
        {
            foreach (var (number, id) in book.Accepted)
                if (!_ended.ContainsKey(number) && await load.PollAsync(number, id) is { } job) _ended.Add(number, job);
            await Task.Delay(s_tick * 5, _time);
        }
    }

    private Task<ServerProcess> StartAsync()
    {
        var start = new ServerStart(options.ServerPath, folder.FullName, "--urls", _server.ToString(), "--config", "kill.json");
        return ServerProcess.StartReadyAsync(start with { AdminToken = AdminToken }, new Uri(_server, "health"));
    }

    private async Task JudgeAsync()
    {
        var ledger = await _ledger.ReadAsync();
        var bill = await BillRow.ReadAsync(BillPath);
        var sums = new BillSums();
        Violate(InvariantAudit.Violations(ledger, quiet: true));
        Violate(BillAudit.Violations(ledger, bill, _lives, sums));
        if (sums.Billed > ledger.Entries.Sum(entry => entry.Cost) + sums.Doubt + sums.Overdraft + sums.ShortfallOfEstimates)
            Violate(["the bill is higher than entries, doubt and overdraft together"]);
        var (found, planted) = _violations.Count == 0 ? PlantedFaults.Try(ledger, bill, _lives, sums.LostCost) : (0, 0);
        if (found != planted) Violate([$"the audit found only {found} of {planted} planted faults"]);
        if (_jobs is not null) JudgeJobs(_jobs, ledger);
        else if (_counts.Refused == 0) Violate(["no call was refused: no budget was ever reached, so this proved little"]);
        Report.Write(ledger, sums, _counts, _violations, (found, planted));
    }

    private void JudgeJobs(JobBook book, LedgerImage ledger)
    {
        Violate(JobAudit.Violations(book, _ended, ledger));
        var (found, planted) = _violations.Count == 0 ? JobAudit.TryPlanted(book, _ended, ledger) : (0, 0);
        if (found != planted) Violate([$"the audit of jobs found only {found} of {planted} planted faults"]);
        var ends = string.Join(", ", _ended.Values.GroupBy(job => job.Status).OrderBy(group => group.Key).Select(group => $"{group.Count()} {group.Key}"));
        Console.WriteLine($"jobs     {book.Accepted.Count} accepted of {book.Total}, {book.Repeats} submitted again; {ends} ({found} of {planted} planted faults noticed)");
    }

    private void Violate(IEnumerable<string> what) => _violations.AddRange(what);
}
