using System.Runtime.Versioning;
using System.Text.Json;

namespace Bifrost.Server.Tests.Stores;

/// <summary>The files of a SQLite store on the real server: whose they are, where they may be, and what becomes of them while it runs.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StoreFiles
{
    /// <summary>Every file that a start leaves, in an environment that would let others read it.</summary>
    [Fact]
    public async Task Files_were_readable_by_others()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        await store.CallAsync(1);
        var files = Directory.GetFiles(store.At("data"));
        Assert.Equal(["bifrost.db", "bifrost.db-shm", "bifrost.db-wal", "bifrost.db.lock"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(store.At("data")));
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("moved")]
    [InlineData("replaced")]
    [InlineData("lock deleted")]
    public async Task A_file_that_is_not_in_its_place_any_more_stops_the_server(string how)
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        await store.CallAsync(1);
        if (how == "deleted") File.Delete(store.Database);
        else if (how == "lock deleted") File.Delete(store.Database + ".lock");
        else File.Move(store.Database, store.At("data/elsewhere.db"));
        if (how == "replaced") await File.WriteAllBytesAsync(store.Database, []);
        Assert.Equal(1, await store.Process.EndsAsync());
        Assert.Contains("not in its place any more", store.Process.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_or_a_second_name_let_a_second_server_in()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        await using var second = new CopiedStore();
        Directory.CreateSymbolicLink(second.At("data"), store.At("data"));
        Assert.Equal(1, await second.FailAsync());
        Assert.Contains("in use by another process", second.Process.Said, StringComparison.Ordinal);
        await using var third = new CopiedStore();
        Directory.CreateDirectory(third.At("data"));
        File.CreateSymbolicLink(third.Database, store.Database);
        Assert.Equal(1, await third.FailAsync());
        Assert.Contains("in use by another process", third.Process.Said, StringComparison.Ordinal);
        await store.CallAsync(1);
    }

    [Theory]
    [InlineData("""{ "path": "bifrost.json" }""")]
    [InlineData("""{ "path": "." }""")]
    [InlineData("""{ "path": "bifrost.json/x.db" }""")]
    [InlineData("""{ "path": "/proc/none/x.db" }""")]
    [InlineData("""{ "type": "postgres", "connection_string": "Host=db;Passwort=hidden0" }""")]
    [InlineData("""{ "type": "postgres", "connection_string": "hidden0" }""")]
    [InlineData("""{ "type": "postgres", "connection_string": "Host=db;Port=hidden0" }""")]
    [InlineData("""{ "type": "postgres", "connection_string": "Username=hidden0" }""")]
    public async Task Wrong_settings_of_the_store_exited_with_1_and_a_stack_trace(string setting)
    {
        await using var store = new CopiedStore(setting);
        Assert.Equal(2, await store.FailAsync());
        Assert.DoesNotContain("   at ", store.Process.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden0", store.Process.Said, StringComparison.Ordinal);
        Assert.Contains("does not start", store.Process.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_missing_is_not_taken_for_a_new_one()
    {
        await using var store = new CopiedStore();
        await store.StartAsync();
        Assert.Equal(0, await store.StopAsync());
        File.Move(store.Database, store.At("elsewhere.db"));
        Assert.Equal(2, await store.FailAsync());
        Assert.Contains("is missing", store.Process.Said, StringComparison.Ordinal);
        File.Delete(store.Database + ".lock");
        await store.StartAsync();
        Assert.Equal(JsonValueKind.Array, (await store.Server.GetAsync("/api/ledger/entries")).Json.GetProperty("entries").ValueKind);
    }
}
