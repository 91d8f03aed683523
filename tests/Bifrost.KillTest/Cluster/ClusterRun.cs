using System.Diagnostics;
using System.Text.Json;
using Bifrost.KillTest.Jobs;
using Npgsql;

namespace Bifrost.KillTest.Cluster;

/// <summary>
/// A cluster on one PostgreSQL under calls, streams and jobs all the while: silos are killed, stopped in order, and the store goes away, one after the
/// other; then the books are compared with the upstream's bill.
/// </summary>
internal sealed class ClusterRun(KillOptions options, DirectoryInfo folder, string postgres)
{
    private const string AdminToken = "kill-test-admin-0123456789abcdef0123";

    /// <summary>Of the longest call; a lease with the hold of a lost one is in doubt a minute later.</summary>
    private const int RequestSeconds = 20;

    private static readonly TimeSpan s_quietMax = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan s_jobsEndMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_answersMax = TimeSpan.FromSeconds(25);

    /// <summary>How soon a proxy learns that a silo stops: within the notice of 2 s.</summary>
    private static readonly TimeSpan s_probe = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly Random _random = new(options.Seed);
    private readonly LoadCounts _counts = new();
    private readonly List<Life> _lives = [];
    private readonly List<Member> _members = [];
    private readonly List<TimeSpan> _firstAnswers = [];
    private readonly List<string> _violations = [];
    private readonly JobBook? _jobs = options.Jobs > 0 ? new JobBook(options.Jobs, options.Seed) : null;
    private readonly Dictionary<int, PolledJob> _ended = [];
    private readonly LedgerFile _ledger = new(postgres, "");
    private readonly Uri _simulator = FreePort.Address(options.Cuts > 0 ? Networks.Outside : Networks.Loopback);

    private string BillPath => Path.Combine(folder.FullName, "bill.jsonl");

    public static async Task<int> RunAsync(KillOptions options)
    {
        if (options.Postgres is null) throw new InvalidOperationException("A cluster needs --postgres.");
        var folder = Directory.CreateTempSubdirectory("bifrost-cluster-kill-");
        await using var database = await PrivateDatabase.MakeAsync(options.Postgres);
        Console.WriteLine($"Cluster of {options.Cluster}: {options.Rounds} kills, {options.Rolls} rolls, {options.OutageSeconds} s without the store, "
            + $"{options.Cuts} cuts, {Scenario.Keys.Length} keys, {options.Callers} callers, {options.Jobs} jobs, seed {options.Seed}.");
        var failed = await new ClusterRun(options, folder, database.ConnectionString).RunAsync() > 0;
        if (failed) Console.WriteLine($"Kept for a look: {folder.FullName}");
        else folder.Delete(recursive: true);
        return failed ? 1 : 0;
    }

    private async Task<int> RunAsync()
    {
        await using var simulator = ServerProcess.Start(
            new ServerStart(options.SimulatorPath, folder.FullName, "--urls", _simulator.ToString(), "--bill", BillPath));
        await simulator.ReadyAsync(new Uri(_simulator, "health"));
        try
        {
            _members.AddRange(await Task.WhenAll(Enumerable.Range(0, options.Cluster).Select(number => StartAsync(number, FreePort.Address(HostOf(number)), older: options.OlderServerPath is not null))));
            using var front = new FrontEnd(_members) { MayLeave = options.OlderServerPath is not null };
            await WearAsync(front);
            Violate(front.Failed.Select(what => $"a client saw {what}"));
            Console.WriteLine($"front    {front.Inside} calls were inside a killed process; {front.Failed.Count} others failed");
            await QuietAsync();
            foreach (var member in _members) await StopAsync(member);
        }
        finally
        {
            foreach (var member in _members) await member.Process.DisposeAsync();
        }

        await simulator.TerminateAsync();
        await simulator.EndsAsync();
        await JudgeAsync();
        return _violations.Count;
    }

    /// <summary>Load from the first kill to the last job.</summary>
    private async Task WearAsync(FrontEnd front)
    {
        using var stop = new CancellationTokenSource();
        using var calls = new Load(_members[0].Address, _random.Next(), _counts, front);
        using var jobs = _jobs is null ? null : new JobLoad(_members[0].Address, _jobs, _counts, front);
        using var direct = new DirectCalls();
        _jobs?.Release(_jobs.Total);
        var calling = calls.RunAsync(options.Callers, stop.Token);
        var submitting = jobs?.RunAsync(2, _random.Next(), stop.Token) ?? Task.CompletedTask;
        for (var kill = 1; kill <= options.Rounds; kill++) await KillOneAsync(direct, kill);
        for (var roll = 1; roll <= options.Rolls; roll++) await RollOneAsync(roll);
        if (options.OlderServerPath is not null) await ChangeBuildsAsync(front);
        if (options.OutageSeconds > 0) await LoseStoreAsync(front);
        var cuts = new Cuts(_members, front, _lives, direct, (number, address) => StartAsync(number, address));
        for (var cut = 1; cut <= options.Cuts; cut++) Violate(await cuts.CutOneOffAsync(cut));
        await PauseAsync();
        if (jobs is not null && _jobs is not null) await EndJobsAsync(jobs, _jobs);
        await stop.CancelAsync();
        await calling;
        await submitting;
    }

    private async Task KillOneAsync(DirectCalls calls, int kill)
    {
        await PauseAsync();
        var at = _random.Next(_members.Count);
        var victim = _members[at];
        await victim.KillAsync();
        _lives.Add(new Life(victim.From, _time.GetUtcNow(), Killed: true));
        var killedAt = _time.GetTimestamp();
        var survivors = _members.Where(member => member != victim).ToList();
        var answers = await Task.WhenAll(Scenario.Keys.Select((key, i) => calls.FirstAnswerAsync(
            survivors[i % survivors.Count], key, killedAt, 2 * s_answersMax, what => Violate([$"after kill {kill} {what}"]))));
        _firstAnswers.AddRange(answers);
        if (answers.Max() > s_answersMax) Violate([$"after kill {kill} the first answer took {answers.Max().TotalSeconds:F1} s"]);
        _members[at] = await StartAsync(at, victim.Address);
        await victim.Process.DisposeAsync();
        var ledger = await _ledger.ReadAsync();
        var broken = InvariantAudit.Violations(ledger, quiet: false).Concat(JobAudit.KeptViolations(ledger)).ToList();
        Violate(broken.Select(what => $"after kill {kill}: {what}"));
        Console.WriteLine($"kill {kill,3}: first answers for {Scenario.Keys.Length} keys within {answers.Max().TotalSeconds:F2} s; so far {_counts}");
    }

    private async Task RollOneAsync(int roll)
    {
        await RollAsync(_random.Next(_members.Count));
        Console.WriteLine($"roll {roll,3}: so far {_counts}");
    }

    /// <summary>Silo by silo from the older build to this one, back, and forward again: each order of starts and stops meets a mixed cluster.</summary>
    private async Task ChangeBuildsAsync(FrontEnd front)
    {
        foreach (var older in (bool[])[false, true, false])
        {
            for (var at = 0; at < _members.Count; at++) await RollAsync(at, older);
            Console.WriteLine($"build   : all silos are of {(older ? "the older" : "this")} build; {front.Leaving} calls met a leaving grain; so far {_counts}");
        }
    }

    private async Task RollAsync(int at, bool older = false)
    {
        await PauseAsync();
        var leaving = _members[at];
        await StopAsync(leaving);
        _members[at] = await StartAsync(at, leaving.Address, older);
        await leaving.Process.DisposeAsync();
    }

    private async Task LoseStoreAsync(FrontEnd front)
    {
        front.StoreMayBeAway = true;
        await ScriptAsync("stop");
        await Task.Delay(TimeSpan.FromSeconds(options.OutageSeconds), _time);
        await ScriptAsync("start");
        NpgsqlConnection.ClearAllPools(); // This process's own connections ended with the server.
        var backAt = _time.GetTimestamp();
        foreach (var member in _members) await member.Process.ReadyAsync(new Uri(member.Address, "health/ready"));
        Console.WriteLine($"outage  : all silos were ready {_time.GetElapsedTime(backAt).TotalSeconds:F1} s after PostgreSQL was back; so far {_counts}");
        await PauseAsync();
        front.StoreMayBeAway = false;
    }

    private async Task ScriptAsync(string verb)
    {
        using var script = Process.Start(new ProcessStartInfo(options.PostgresScript, [verb]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        await script.WaitForExitAsync();
        if (script.ExitCode != 0) throw new InvalidOperationException($"{options.PostgresScript} {verb} ended with {script.ExitCode}.");
    }

    private async Task EndJobsAsync(JobLoad load, JobBook book)
    {
        var deadline = _time.GetUtcNow() + s_jobsEndMax;
        while ((book.Accepted.Count < book.Total || _ended.Count < book.Accepted.Count) && _time.GetUtcNow() < deadline)
        {
            foreach (var (number, id) in book.Accepted)
                if (!_ended.ContainsKey(number) && await load.PollAsync(number, id) is { } job) _ended.Add(number, job);
            await Task.Delay(s_tick, _time);
        }
    }

    private Task PauseAsync() => Task.Delay(TimeSpan.FromSeconds(options.Seconds * (0.2 + (0.8 * _random.NextDouble()))), _time);

    private async Task QuietAsync()
    {
        var deadline = _time.GetUtcNow() + s_quietMax;
        while ((await _ledger.ReadAsync()).Leases.Any(lease => lease.State == 0) && _time.GetUtcNow() < deadline) await Task.Delay(s_tick, _time);
    }

    private async Task StopAsync(Member member)
    {
        await member.Process.TerminateAsync();
        await Task.Delay(s_probe, _time);
        member.Leave();
        var code = await member.Process.EndsAsync();
        if (code != 0) Violate([$"a silo that was stopped ended with code {code}: {member.Process.Said}"]);

        // A build before the one that leaves its leases (GiveBack.Leave) leaves what its running calls held in doubt.
        _lives.Add(new Life(member.From, _time.GetUtcNow(), Killed: member.IsOlder));
    }

    private string HostOf(int number) => options.Cuts > 0 ? Networks.HostOf(number) : Networks.Loopback;

    private async Task<Member> StartAsync(int number, Uri address, bool older = false)
    {
        var file = $"silo-{number}.json";
        var store = JsonSerializer.Serialize(new { type = "postgres", connection_string = postgres });
        var cluster = JsonSerializer.Serialize(
            new { silo_port = 0, probe_seconds = 1, advertised_address = HostOf(number), insecure = HostOf(number) != Networks.Loopback });
        var configuration = Scenario.Configuration(_simulator, store, $"\"cluster\": {cluster},", RequestSeconds);
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, file), configuration);
        var from = _time.GetUtcNow();
        var start = new ServerStart(older ? options.OlderServerPath! : options.ServerPath, folder.FullName, "--urls", address.ToString(), "--config", file)
        {
            AdminToken = AdminToken,
            Network = options.Cuts > 0 ? Networks.NameOf(number) : null,
        };
        return new Member(await ServerProcess.StartReadyAsync(start, new Uri(address, "health/ready")), number, address, from) { IsOlder = older };
    }

    private async Task JudgeAsync()
    {
        var ledger = await _ledger.ReadAsync();
        var bill = await BillRow.ReadAsync(BillPath);
        var sums = new BillSums();
        Violate(InvariantAudit.Violations(ledger, quiet: true));
        Violate(BillAudit.Violations(ledger, bill, _lives, sums, together: true));
        if (sums.Billed > ledger.Entries.Sum(entry => entry.Cost) + sums.Doubt + sums.Overdraft + sums.ShortfallOfEstimates)
            Violate(["the bill is higher than entries, doubt and overdraft together"]);
        if (_jobs is not null) Violate(JobAudit.Violations(_jobs, _ended, ledger));
        if (_counts.Refused == 0) Violate(["no call was refused: no budget was ever reached, so this proved little"]);
        if (_firstAnswers.Count > 0)
        {
            var sorted = _firstAnswers.Order().ToList();
            Console.WriteLine($"answers  first ones after a kill, of {sorted.Count}: half within {sorted[sorted.Count / 2].TotalSeconds:F2} s, "
                + $"p99 {sorted[(sorted.Count * 99 / 100)].TotalSeconds:F2} s, at most {sorted[^1].TotalSeconds:F2} s");
        }

        if (_jobs is not null) Console.WriteLine($"jobs     {_jobs.Accepted.Count} accepted of {_jobs.Total}, {_ended.Count} ended");
        Report.Write(ledger, sums, _counts, _violations, (0, 0));
    }

    private void Violate(IEnumerable<string> what)
    {
        foreach (var one in what)
        {
            lock (_violations) _violations.Add(one);
            Console.WriteLine($"!! {(one.Length > 300 ? one[..300] : one)}");
        }
    }
}
