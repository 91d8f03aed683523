using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;

namespace Bifrost.Server.Tests.Stores;

/// <summary>The copies of docs/operations.md, "Backup", made and brought back on the real server.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class Backups(PostgresFixture postgres)
{
    [Fact]
    public async Task What_stood_in_the_log_was_lost_with_a_copy_of_a_stopped_servers_file()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        await store.CallAsync(3);
        var made = (await store.Server.MakeKeyAsync("made")).GetProperty("value").GetString()!;
        var before = await store.BooksAsync();

        // The last connection that is closed empties the log by itself; with one of another process beside it, only a server that does so at its stop.
        await using var beside = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = store.Database, Pooling = false }.ToString());
        await beside.OpenAsync();
        await using (var look = beside.CreateCommand())
        {
            look.CommandText = "select count(*) from ledger_entry";
            Assert.Equal(3L, await look.ExecuteScalarAsync());
        }

        Assert.Equal(0, await store.StopAsync());
        Assert.Equal(0, new FileInfo(store.Database + "-wal").Length);

        // The file alone, in another place.
        await using var other = new CopiedStore();
        Directory.CreateDirectory(other.At("data"));
        File.Copy(store.Database, other.Database);
        await other.StartAsync();
        Assert.Equal((before.Entries, before.Spent), (await other.BooksAsync() is var after ? after.Entries : "", after.Spent));
        await other.CallAsync(1, made);
    }

    [Fact]
    public async Task A_copy_made_beside_a_running_server_brings_its_books_back_and_tells_what_it_does_not_know()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        await store.CallAsync(5);
        var deleted = await store.Server.MakeKeyAsync("deleted later");
        var rotated = await store.Server.MakeKeyAsync("rotated later");
        var off = await store.Server.MakeKeyAsync("off later");
        var books = await store.BooksAsync();
        var (code, said) = await store.RunAsync("backup", "copy.db");
        Assert.True(code == 0, said);
        Assert.Contains("5 ledger entries", said, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(store.At("copy.db")));

        // What the copy does not know.
        await store.CallAsync(2);
        var made = await store.Server.MakeKeyAsync("made later");
        await store.Server.DeleteAsync($"/api/governance/virtual-keys/{Id(deleted)}");
        await store.Server.PostAsync($"/api/governance/virtual-keys/{Id(rotated)}/rotate", "{}");
        await store.Server.PutAsync($"/api/governance/virtual-keys/{Id(off)}", """{"is_active":false}""");
        var later = await store.BooksAsync();
        Assert.Equal(7, later.Count);

        (code, said) = await store.RunAsync("restore", "copy.db");
        Assert.True(code == 1, said);
        Assert.Contains("in use by another process", said, StringComparison.Ordinal);
        Assert.Equal(later, await store.BooksAsync());
        Assert.Equal(0, await store.StopAsync());

        foreach (var compareOnly in (bool[])[true, false])
        {
            (code, said) = await store.RunAsync(compareOnly ? ["restore", "copy.db", "--compare"] : ["restore", "copy.db"]);
            Assert.True(code == 0, said);
            Assert.Contains($"2 ledger entries of {later.Spent - books.Spent} USD", said, StringComparison.Ordinal);
            Assert.Contains($"unknown again: {Id(made)}", said, StringComparison.Ordinal);
            var revoked = string.Join(", ", new[] { Id(deleted), Id(off) }.Order(StringComparer.Ordinal));
            Assert.Contains($"deleted or switched off since, which OPEN AGAIN: {revoked}", said, StringComparison.Ordinal);
            Assert.Contains($"old secrets OPEN AGAIN: {Id(rotated)}", said, StringComparison.Ordinal);
            Assert.Equal(compareOnly, said.Contains("Nothing was changed", StringComparison.Ordinal));
        }

        await store.StartAsync();
        Assert.Equal(books, await store.BooksAsync());
        await store.CallAsync(1, deleted.GetProperty("value").GetString()!);
        Assert.Equal(403, await store.Server.CallAsync(made.GetProperty("value").GetString()!));
        var aside = Assert.Single(Directory.GetFiles(store.At("data"), "*.before-restore-*"));
        Assert.True(new FileInfo(aside).Length > 0);
    }

    /// <summary>Siblings of the stopped server's file: what a kill leaves in the log, and a copy under load.</summary>
    [Fact]
    public async Task A_copy_after_a_kill_and_one_under_load_have_all_that_was_answered()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        var load = new SteadyLoad().Add(store.Server, CopiedStore.Key, Requests.Body("sim/sim-echo", "\"max_tokens\":10"), 4);
        await load.UntilAsync(50, TimeSpan.Zero, call => call.Paid);
        Assert.Equal(0, (await store.RunAsync("backup", "busy.db")).Code);
        await load.UntilAsync(50, SteadyLoad.Now, call => call.Paid);
        await load.StopAsync();
        var books = await store.BooksAsync();
        await store.KillAsync();
        Assert.True(new FileInfo(store.Database + "-wal").Length > 0);
        Assert.Equal(0, (await store.RunAsync("backup", "killed.db")).Code);

        foreach (var copy in (string[])["busy.db", "killed.db"])
        {
            var (code, said) = await store.RunAsync("restore", copy);
            Assert.True(code == 0, said);
            await store.StartAsync();
            var restored = await store.BooksAsync();
            if (copy == "killed.db") Assert.Equal(books, restored);
            else Assert.InRange(restored.Count, 1, books.Count);
            Assert.Equal(0, await store.StopAsync());
        }
    }

    [Fact]
    public async Task What_is_no_copy_is_refused_and_the_store_stays_as_it_is()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        await store.CallAsync(1);
        var books = await store.BooksAsync();
        Assert.Equal(0, (await store.RunAsync("backup", "copy.db")).Code);
        Assert.Equal(2, (await store.RunAsync("backup", "copy.db")).Code);
        Assert.Equal(0, await store.StopAsync());
        await File.WriteAllTextAsync(store.At("text.db"), "This is a text, and long enough to be looked at as a database: " + new string('x', 4_096));
        await File.WriteAllBytesAsync(store.At("empty.db"), []);
        await File.WriteAllBytesAsync(store.At("half.db"), (await File.ReadAllBytesAsync(store.At("copy.db"))).AsMemory(0, 20_000));
        foreach (var (file, expected) in ((string, int)[])[("none.db", 2), ("data/bifrost.db", 2), ("text.db", 1), ("empty.db", 1), ("half.db", 1)])
        {
            var (code, said) = await store.RunAsync("restore", file);
            Assert.True(code == expected, $"{file}: {code} {said}");
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        }

        await store.StartAsync();
        Assert.Equal(books, await store.BooksAsync());
    }

    [Fact]
    public async Task A_damaged_store_is_replaced_and_kept_beside()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        await store.CallAsync(1);
        var books = await store.BooksAsync();
        Assert.Equal(0, (await store.RunAsync("backup", "copy.db")).Code);
        Assert.Equal(0, await store.StopAsync());
        await File.WriteAllTextAsync(store.Database, "damaged " + new string('x', 8_192));
        var (code, said) = await store.RunAsync("restore", "copy.db");
        Assert.True(code == 0, said);
        Assert.Contains("not known what the copy lacks", said, StringComparison.Ordinal);
        Assert.StartsWith("damaged", await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(store.At("data"), "*.before-restore-*"))), StringComparison.Ordinal);
        await store.StartAsync();
        Assert.Equal(books, await store.BooksAsync());
    }

    [Fact]
    public async Task A_dump_of_PostgreSQL_brings_the_books_back()
    {
        var connection = await postgres.Server.CreateDatabaseAsync();
        await using var store = new CopiedStore($$"""{ "type": "postgres", "connection_string": "{{connection}}" }""");
        await store.StartAsync();
        await store.CallAsync(3);
        var books = await store.BooksAsync();
        foreach (var command in (string[])["backup", "restore"])
        {
            var (code, said) = await store.RunAsync(command, "copy.db");
            Assert.True(code == 2, said);
            Assert.Contains("pg_dump", said, StringComparison.Ordinal);
        }

        await RunAsync("pg_dump", "--format=custom", $"--file={store.At("bifrost.dump")}", Uri(connection));
        var target = await postgres.Server.CreateDatabaseAsync();
        await RunAsync("pg_restore", "--no-owner", "--exit-on-error", $"--dbname={Uri(target)}", store.At("bifrost.dump"));
        await using var restored = new CopiedStore($$"""{ "type": "postgres", "connection_string": "{{target}}" }""");
        await restored.StartAsync();
        Assert.Equal(books, await restored.BooksAsync());
        Assert.Equal(0, await restored.StopAsync());
    }

    private static string Id(System.Text.Json.JsonElement key) => key.GetProperty("id").GetString()!;

    private static string Uri(string connection)
    {
        var parts = new Npgsql.NpgsqlConnectionStringBuilder(connection);
        return $"host={parts.Host} user={parts.Username} dbname={parts.Database}";
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(PostgresServer.FindBinaries()!, program), arguments) 
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        var said = await process.StandardError.ReadToEndAsync().InTimeAsync();
        await process.WaitForExitAsync().InTimeAsync();
        Assert.True(process.ExitCode == 0, said);
    }
}
