using System.IO.Compression;
using System.Text.Json.Nodes;
using Bifrost.Jobs.Rules;
using Bifrost.Server.Configuration;

namespace Bifrost.Server.Tests.Stores;

/// <summary>A copy of a store that an older server left behind at a kill, and what that server read of it.</summary>
internal sealed class OldStore
{
    private static readonly TimeSpan s_sinceTheKill = TimeSpan.FromMinutes(15);
    private static readonly string s_folder = Path.Combine(Repository.Root, "tests", "Bifrost.Server.Tests", "Stores");

    private readonly StoreSettings _settings;
    private readonly TimeProvider _clock;

    private OldStore(StoreSettings settings, JsonNode expected, TimeProvider clock) => (_settings, Expected, _clock) = (settings, expected, clock);

    /// <summary>What the old server read by its admin API.</summary>
    public JsonNode Expected { get; }

    public string Secret(string name) => Expected["secrets"]![name]!.GetValue<string>();

    /// <summary>A job as it was before the kill.</summary>
    public JsonNode Job(string name) => Expected["jobs"]!.AsArray().First(job => job!["name"]!.GetValue<string>() == name)!;

    /// <param name="postgres">The tests' PostgreSQL; null: SQLite.</param>
    public static async Task<OldStore> CopyAsync(PostgresFixture? postgres)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(s_folder, postgres is null ? "sqlite.json" : "postgres.json"));
        var expected = JsonNode.Parse(text)!;
        var clock = new PastClock(TimeProvider.System.GetUtcNow() - (expected["killed_at"]!.GetValue<DateTimeOffset>() + s_sinceTheKill));
        return new OldStore(postgres is null ? await CopyFilesAsync() : await CopyDatabaseAsync(postgres.Server, clock.Back), expected, clock);
    }

    public Task<JobServer> OpenAsync(Uri upstream, Func<JobOptions, JobOptions>? options = null)
    {
        var configuration = JsonNode.Parse(File.ReadAllText(Path.Combine(s_folder, "config.json")))!.AsObject();
        configuration.Remove("store");
        configuration["providers"]!["sim"]!["network_config"]!["base_url"] = upstream.ToString();
        return JobServer.StartAsync(configuration.ToJsonString(), _settings, options, _clock);
    }

    private static async Task<StoreSettings> CopyFilesAsync()
    {
        var store = JobServer.NewStore();
        await File.WriteAllBytesAsync(store.Path, await UnpackAsync("sqlite.db.gz"));
        await File.WriteAllBytesAsync(store.Path + "-wal", await UnpackAsync("sqlite.db-wal.gz"));
        return store;
    }

    // The clock of a PostgreSQL store is a function of the database.
    private static async Task<StoreSettings> CopyDatabaseAsync(PostgresServer server, TimeSpan back)
    {
        var store = new StoreSettings { Kind = StoreKind.Postgres, ConnectionString = await server.CreateDatabaseAsync() };
        var database = new Npgsql.NpgsqlConnectionStringBuilder(store.ConnectionString).Database!;
        await server.ExecuteAsync(database, System.Text.Encoding.UTF8.GetString(await UnpackAsync("postgres.sql.gz")));
        await server.ExecuteAsync(
            database,
            "create or replace function bifrost_now_ms() returns bigint language sql volatile " +
            $"as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint - {(long)back.TotalMilliseconds} $$");
        return store;
    }

    private static async Task<byte[]> UnpackAsync(string name)
    {
        await using var packed = new GZipStream(File.OpenRead(Path.Combine(s_folder, name)), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        await packed.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    /// <summary>The system's clock, set back; timers run as they do.</summary>
    private sealed class PastClock(TimeSpan back) : TimeProvider
    {
        public TimeSpan Back => back;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - back;
    }
}
