using Bifrost.Ledger.Store;
using Bifrost.Storage.Sqlite;
using Bifrost.Storage.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Storage.Tests.Sqlite;

/// <summary>What only SQLite does: the claim on the file, the writer's thread, the restart.</summary>
public class SqliteStoreTests
{
    [Fact]
    public async Task A_second_opener_is_refused_with_the_name_of_the_file()
    {
        await using var harness = new SqliteHarness();
        var refused = Assert.Throws<StoreRefusedException>(() => harness.Open());
        Assert.Contains(harness.File, refused.Message);
        Assert.Contains("in use by another process", refused.Message);
    }

    [Fact]
    public async Task What_was_answered_is_there_after_a_restart()
    {
        await using var harness = new SqliteHarness();
        var (budget, holder, lease) = (await harness.BudgetAsync("b", 1_000), await harness.HolderAsync(), harness.NewId());
        await harness.AcquireAsync(lease, holder, 100, 100, budget);
        await harness.PostAsync(lease, 30);
        var before = (await harness.ReadStateAsync()).Text();
        await harness.ReopenAsync();
        Assert.Equal(before, (await harness.ReadStateAsync()).Text());
        Assert.IsType<LeaseGranted>(await harness.AcquireAsync(lease, holder, 100, 100, budget));
    }

    [Fact]
    public async Task Commits_are_synced_to_disk_in_a_write_ahead_log()
    {
        await using var harness = new SqliteHarness();
        await harness.Store.DisposeAsync();
        using var session = new SqliteSession(harness.File, readOnly: false);
        Assert.Equal(("wal", 2), (Text(session, "pragma journal_mode"), Number(session, "pragma synchronous")));
        session.Dispose();
    }

    [Fact]
    public async Task A_newer_schema_and_an_edited_step_are_refused()
    {
        await using var harness = new SqliteHarness();
        await harness.Store.DisposeAsync();
        Edit(harness, "insert into schema_step (number, name, hash, at_ms) values (9999, '9999_future', 'x', 0)");
        Assert.Contains("9999", Assert.Throws<StoreRefusedException>(() => harness.Open()).Message);
        Edit(harness, "delete from schema_step where number = 9999; update schema_step set hash = 'y' where number = 1");
        Assert.Contains("0001_ledger", Assert.Throws<StoreRefusedException>(() => harness.Open()).Message);
    }

    [Fact]
    public async Task A_unit_that_throws_is_undone_alone()
    {
        await using var database = OpenTemporary(out var directory);
        var write = (int id) => database.WriteAsync(
            session =>
            {
                session.Prepare("insert into key_state (virtual_key_id, active) values (?, 1)").Bind($"vk_{id}").Run();
                return id == 2 ? throw new FormatException("no") : id;
            },
            default);
        var all = new[] { write(1), write(2), write(3) };
        await Assert.ThrowsAsync<FormatException>(() => all[1]);
        Assert.Equal((1, 3), (await all[0], await all[2]));
        Assert.Equal(2, await database.ReadAsync(session => Number(session, "select count(*) from key_state"), default));
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_unit_that_throws_with_a_transaction_of_its_own_leaves_nothing()
    {
        await using var database = OpenTemporary(out var directory);
        await Assert.ThrowsAsync<FormatException>(() => database.WriteAsync<int>(
            session =>
            {
                session.Prepare("insert into key_state (virtual_key_id, active) values ('vk', 1)").Run();
                throw new FormatException("no");
            },
            default));
        Assert.Equal(0, await database.WriteAsync(session => Number(session, "select count(*) from key_state"), default));
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task A_full_queue_says_so()
    {
        await using var database = OpenTemporary(out var directory, queueMax: 2);
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var first = database.WriteAsync(
            _ =>
            {
                entered.Set();
                release.Wait(Eventually.Limit);
                return 0;
            },
            default);
        entered.Wait(Eventually.Limit);
        var queued = new[] { database.WriteAsync(_ => 1, default), database.WriteAsync(_ => 2, default) };
        Assert.Contains("full (2)", Assert.Throws<StoreUnavailableException>(() => { _ = database.WriteAsync(_ => 3, default); }).Message);
        release.Set();
        Assert.Equal(0, await first);
        Assert.Equal(3, (await Task.WhenAll(queued)).Sum());
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Reads_do_not_wait_for_the_writer()
    {
        await using var database = OpenTemporary(out var directory);
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        var write = database.WriteAsync(
            session =>
            {
                session.Prepare("insert into key_state (virtual_key_id, active) values ('vk', 1)").Run();
                entered.Set();
                release.Wait(Eventually.Limit);
                return 0;
            },
            default);
        entered.Wait(Eventually.Limit);
        Assert.Equal(0, await database.ReadAsync(session => Number(session, "select count(*) from key_state"), default));
        release.Set();
        await write;
        Assert.Equal(1, await database.ReadAsync(session => Number(session, "select count(*) from key_state"), default));
        directory.Delete(recursive: true);
    }

    private static SqliteDatabase OpenTemporary(out DirectoryInfo directory, int queueMax = 100)
    {
        directory = Directory.CreateTempSubdirectory("bifrost-sqlite-");
        var options = new SqliteOptions { Path = Path.Combine(directory.FullName, "x.db"), QueueMax = queueMax };
        return SqliteDatabase.Open(options, TimeProvider.System, NullLogger.Instance);
    }

    private static void Edit(SqliteHarness harness, string sql)
    {
        using var session = new SqliteSession(harness.File, readOnly: false);
        session.Script(sql);
    }

    private static string Text(SqliteSession session, string sql)
    {
        var row = session.Prepare(sql);
        row.Step();
        return row.Text(0);
    }

    private static long Number(SqliteSession session, string sql)
    {
        var row = session.Prepare(sql);
        row.Step();
        return row.Long(0);
    }
}
