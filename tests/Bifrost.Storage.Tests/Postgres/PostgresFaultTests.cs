using Bifrost.Ledger.Store;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bifrost.Storage.Tests.Postgres;

/// <summary>What only PostgreSQL does: many connections, and a server that fails, hangs or is not there.</summary>
public class PostgresFaultTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Two_starters_bring_an_empty_database_up_to_date_once()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        await harness.ExecuteAsync("drop schema public cascade; create schema public");
        await using var a = harness.Open();
        await using var b = harness.Open();
        var loads = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? a : b).Catalog.LoadAsync(0, default)));
        Assert.All(loads, rows => Assert.Equal(0, rows.Version));
        Assert.Equal(Storage.Migrations.Migration.Of("Postgres").Length, await harness.ScalarAsync<long>("select count(*) from schema_step"));
        await harness.ExecuteAsync("insert into schema_step (number, name, hash, expand_only) values (9998, '9998_future_that_only_adds', 'x', true)");
        await using var beside = harness.Open();
        Assert.Equal(0, (await beside.Catalog.LoadAsync(0, default)).Version);
        await harness.ExecuteAsync("insert into schema_step (number, name, hash) values (9999, '9999_future', 'x')");
        await using var old = harness.Open();
        Assert.Contains("9999", (await Assert.ThrowsAsync<StoreRefusedException>(() => old.Catalog.LoadAsync(0, default))).Message);
    }

    [Fact]
    public async Task Many_connections_on_the_same_budgets_keep_the_limit_without_deadlock()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        string[] budgets = ["a", "b", "c", "d"];
        foreach (var id in budgets) await harness.BudgetAsync(id, 20_000);
        var stores = Enumerable.Range(0, 6).Select(_ => harness.Open()).ToList();
        var granted = await Task.WhenAll(stores.Select((store, i) => WorkAsync(store, new Random(i))));
        foreach (var store in stores) await store.DisposeAsync();
        var state = await harness.ReadStateAsync();
        new LedgerInvariants().Check(state);
        Assert.All(state.Budgets, budget => Assert.InRange(budget.PostedNanos, 1, 20_000));
        Assert.All(granted, count => Assert.True(count > 0));
        Assert.Equal(0, await harness.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()"));

        async Task<int> WorkAsync(Store store, Random random)
        {
            var (holder, count) = (Guid.CreateVersion7(), 0);
            await store.Ledger.RegisterHolderAsync(holder, TimeSpan.FromMinutes(1), 0, default);
            for (var round = 0; round < 25; round++)
            {
                var acquires = Enumerable.Range(0, 10).Select(_ =>
                {
                    var chain = budgets.OrderBy(_ => random.Next()).Take(random.Next(1, 4)).ToArray();
                    return Commands.Acquire(Guid.CreateVersion7(), holder, 20, 40, chain);
                }).ToList();
                var reply = await store.Ledger.RunAsync(new LedgerBatch { Acquires = [.. acquires] }, default);
                var leases = acquires.Where((_, i) => reply.Acquires[i] is LeaseGranted).Select(a => a.LeaseId).ToList();
                count += leases.Count;
                await store.Ledger.RunAsync(
                    new LedgerBatch
                    {
                        Posts = [.. leases.Select(lease => Commands.Entry(Guid.CreateVersion7(), lease, random.Next(0, 20)))],
                        GiveBacks = [.. leases.Select(GiveBack.Close)],
                    },
                    default);
            }

            return count;
        }
    }

    [Fact]
    public async Task One_batch_delivered_twice_at_once_counts_once()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server, fakeClock: false);
        await harness.BudgetAsync("b", 1_000_000);
        var holder = await harness.HolderAsync();
        await using var other = harness.Open();
        for (var round = 0; round < 20; round++)
        {
            var leases = Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7()).ToList();
            var acquire = new LedgerBatch { Acquires = [.. leases.Select(lease => Commands.Acquire(lease, holder, 100, 100, "b"))] };
            await BothAsync(acquire);
            var posts = leases.Select(lease => Commands.Entry(Guid.CreateVersion7(), lease, 10))
                .Append(Commands.Entry(Guid.CreateVersion7(), null, 10)).ToImmutableArray();
            await BothAsync(new LedgerBatch { Posts = posts, GiveBacks = [.. leases.Select(GiveBack.Close), GiveBack.Close(Guid.CreateVersion7())] });
        }

        var state = await harness.ReadStateAsync();
        new LedgerInvariants().Check(state);
        Assert.Equal((1_000, 0), (state.Budgets[0].PostedNanos, state.Budgets[0].LeasedNanos));

        Task BothAsync(LedgerBatch batch) =>
            Task.WhenAll(harness.Ledger.RunAsync(batch, default), other.Ledger.RunAsync(batch, default), harness.Ledger.RunAsync(batch, default));
    }

    [Fact]
    public async Task Plans_made_on_empty_tables_do_not_scan_full_ones()
    {
        // The plans of prepared statements are kept; on an empty table a scan looks cheapest and would stay.
        await using var harness = await PostgresHarness.StartAsync(postgres.Server);
        var (budget, holder) = (await harness.BudgetAsync("b", 1_000_000), await harness.HolderAsync());
        const string scans =
            "select coalesce(sum(seq_scan), 0)::bigint from pg_stat_user_tables where relname in ('ledger_entry', 'credit_lease', 'budget', 'key_state')";

        // A session's statistics are complete once it has ended; making the indexes counts as scans.
        await harness.Store.DisposeAsync();
        await UntilAsync(() => harness.ScalarAsync<long>(scans));
        var before = await harness.ScalarAsync<long>(scans);
        var store = harness.Open();
        for (var i = 0; i < 10; i++)
        {
            var leases = Enumerable.Range(0, 100).Select(_ => Guid.CreateVersion7()).ToList();
            await store.Ledger.RunAsync(new LedgerBatch { Acquires = [.. leases.Select(lease => Commands.Acquire(lease, holder, 1, 1, budget))] }, default);
            await store.Ledger.RunAsync(
                new LedgerBatch
                {
                    Posts = [.. leases.Select(lease => Commands.Entry(Guid.CreateVersion7(), lease, 1))], GiveBacks = [.. leases.Select(GiveBack.Close)],
                },
                default);
        }

        await store.DisposeAsync();
        await UntilAsync(() => harness.ScalarAsync<long>("select count(*) from pg_stat_user_tables where relname = 'ledger_entry' and n_tup_ins = 1000"));
        Assert.Equal(before, await harness.ScalarAsync<long>(scans));
    }

    [Fact]
    public async Task A_connection_that_is_cut_in_the_middle_of_a_batch_is_replaced()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server);
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), Guid.CreateVersion7());
        await using var blocker = await harness.ConnectAsync();
        await using var held = await blocker.BeginTransactionAsync();
        await blocker.ExecuteAsync(default, "select from budget for update");
        var acquire = harness.AcquireAsync(lease, holder, 100, 100, budget);
        await UntilAsync(() => harness.ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"));
        await harness.ScalarAsync<bool>("select bool_and(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
        await held.RollbackAsync();
        Assert.Equal(100, Assert.IsType<LeaseGranted>(await acquire).GrantedNanos);
        Assert.Equal(100, (await harness.NumbersAsync(budget)).LeasedNanos);
    }

    [Fact]
    public async Task A_lock_that_is_not_given_back_fails_in_time_and_leaves_nothing()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server);
        await using var store = harness.Open(options => options with { StatementTimeout = TimeSpan.FromSeconds(1) });
        var (budget, holder) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync());
        await using var blocker = await harness.ConnectAsync();
        await using var held = await blocker.BeginTransactionAsync();
        await blocker.ExecuteAsync(default, "select from budget for update");
        var batch = new LedgerBatch { Acquires = [Commands.Acquire(Guid.CreateVersion7(), holder, 100, 100, budget)] };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Ledger.RunAsync(batch, default));
        await held.RollbackAsync();
        Assert.Empty((await harness.ReadStateAsync()).Leases);
        Assert.IsType<LeaseGranted>(await harness.AcquireAsync(Guid.CreateVersion7(), holder, 100, 100, budget));
    }

    [Fact]
    public async Task A_server_that_does_not_answer_at_all_fails_in_time()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server);
        await using var store = harness.Open(
            options => options with { ConnectionString = options.ConnectionString + ";Application Name=stopped", OperationTimeout = TimeSpan.FromSeconds(2) });
        var holder = await harness.HolderAsync();
        await Eventually.UntilAsync(() => AnswersAsync(store, holder));
        var pids = await harness.ScalarAsync<int[]>("select array_agg(pid) from pg_stat_activity where application_name = 'stopped'");
        foreach (var pid in pids) await PostgresServer.SignalAsync("STOP", pid);
        try
        {
            var started = TimeProvider.System.GetTimestamp();
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Ledger.HeartbeatAsync(holder, LedgerLimits.HolderTtl, 0, default).InTimeAsync());
            Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromSeconds(1));
        }
        finally
        {
            foreach (var pid in pids) await PostgresServer.SignalAsync("CONT", pid);
        }

        await Eventually.UntilAsync(() => AnswersAsync(store, holder));
    }

    [Fact]
    public async Task A_client_that_falls_silent_does_not_hold_everybodys_budgets()
    {
        await using var harness = await PostgresHarness.StartAsync(postgres.Server);
        var (budget, holder) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync());
        await using var silent = new PostgresDatabase(
            PostgresHarness.Unhurried(await ConnectionOfAsync(harness)) with { IdleTransactionTimeout = TimeSpan.FromMilliseconds(200) },
            NullLogger.Instance);
        var locked = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        var silence = silent.RunAsync(
            async (connection, cancel) =>
            {
                await connection.ExecuteAsync(cancel, "begin; select from budget for update");
                locked.TrySetResult();
                await release.Task.WaitAsync(cancel);
                return 0;
            },
            default);
        await locked.Task;
        Assert.IsType<LeaseGranted>(await harness.AcquireAsync(Guid.CreateVersion7(), holder, 100, 100, budget));
        release.SetResult();
        await silence;
    }

    [Fact]
    public async Task A_server_that_is_away_at_boot_killed_and_back_is_used_again()
    {
        Assert.NotNull(postgres.Server);
        await using var server = await PostgresServer.StartAsync(PostgresServer.FindBinaries()!);
        var connection = await server.CreateDatabaseAsync();
        await server.StopAsync();
        await using var store = Store.OpenPostgres(PostgresHarness.Unhurried(connection), TimeProvider.System, NullLoggerFactory.Instance);
        var (holder, lease) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Ledger.RegisterHolderAsync(holder, TimeSpan.FromMinutes(1), 0, default));
        await server.StartAsync();
        Assert.True((await store.Ledger.RegisterHolderAsync(holder, TimeSpan.FromMinutes(1), 0, default)).Alive);
        await store.Ledger.ApplyAsync(
            new LedgerCatalogChange
            {
                Budgets =
                [
                    new BudgetDefinition
                    {
                        Id = "b", Level = BudgetLevel.Team, OwnerId = "t", LimitNanos = 1_000, Period = new Bifrost.Ledger.Windows.WindowPeriod(1, Bifrost.Ledger.Windows.PeriodUnit.Hour, false),
                    },
                ],
            },
            default);
        var acquire = new LedgerBatch { Acquires = [Commands.Acquire(lease, holder, 100, 100, "b")] };
        Assert.IsType<LeaseGranted>((await store.Ledger.RunAsync(acquire, default)).Acquires[0]);

        await server.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Ledger.RunAsync(acquire, default));
        await server.StartAsync();
        Assert.IsType<LeaseGranted>((await store.Ledger.RunAsync(acquire, default)).Acquires[0]);
        Assert.Equal(100, (await store.Ledger.ReadBudgetsAsync(["b"], default))[0].LeasedNanos);
    }

    private static async Task<string> ConnectionOfAsync(PostgresHarness harness)
    {
        await using var connection = await harness.ConnectAsync();
        return connection.ConnectionString;
    }

    private static async Task<bool> AnswersAsync(Store store, Guid holder)
    {
        try
        {
            return (await store.Ledger.HeartbeatAsync(holder, LedgerLimits.HolderTtl, 0, default)).Alive;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static Task UntilAsync(Func<Task<long>> count) => Eventually.UntilAsync(async () => await count() != 0);
}
