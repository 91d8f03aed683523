using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Bifrost.Jobs.Rules;
using Bifrost.Storage;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bifrost.Benchmarks.Storage;

/// <summary>A database of a measurement's own: how the product opens it, how its configuration names it, and SQL beside the product.</summary>
internal sealed class BenchmarkDatabase
{
    /// <summary>A statement over a million rows takes its time.</summary>
    private const int StatementSeconds = 600;

    private readonly string? _path;
    private readonly string? _connection;

    private BenchmarkDatabase(string? path, string? connection) => (_path, _connection) = (path, connection);

    public bool IsPostgres => _connection is not null;

    public string Name => IsPostgres ? "PostgreSQL" : "SQLite";

    /// <summary>The value of <c>store</c> in a server's configuration.</summary>
    public string Json => IsPostgres
        ? JsonSerializer.Serialize(new { type = "postgres", connection_string = _connection })
        : JsonSerializer.Serialize(new { type = "sqlite", path = _path });

    /// <summary>A file in a folder; it is made when it is opened first.</summary>
    public static BenchmarkDatabase InFolder(string folder, string file = "bifrost.db") => new(Path.Combine(folder, file), null);

    /// <summary>A new database on a server.</summary>
    public static async Task<BenchmarkDatabase> OnAsync(PostgresServer server) => new(null, await server.CreateDatabaseAsync());

    /// <summary>A private PostgreSQL that writes to disk as one in service does.</summary>
    /// <returns>Null where PostgreSQL is not installed.</returns>
    public static async Task<PostgresServer?> StartPostgresAsync()
    {
        if (PostgresServer.FindBinaries() is { } binaries) return await PostgresServer.StartAsync(binaries, durable: true);
        Console.WriteLine("PostgreSQL is not installed here; set BIFROST_PG_BIN to the folder of initdb.");
        return null;
    }

    /// <summary>Opens it as the server does.</summary>
    public Store Open(JobOptions? jobs = null) => IsPostgres
        ? Store.OpenPostgres(new PostgresOptions { ConnectionString = _connection! }, TimeProvider.System, NullLoggerFactory.Instance, jobs)
        : Store.OpenSqlite(new SqliteOptions { Path = _path! }, TimeProvider.System, NullLoggerFactory.Instance, jobs);

    /// <summary>Runs SQL on a connection beside the product's.</summary>
    /// <param name="sql">Constant text of the measurement.</param>
    /// <param name="durable">SQLite: false leaves the disk out of it.</param>
    [SuppressMessage("Security", "CA2100", Justification = "The text is the measurement's own.")]
    public async Task ExecuteAsync(string sql, bool durable = true)
    {
        if (IsPostgres)
        {
            await using var source = new NpgsqlConnection(_connection);
            await source.OpenAsync();
            await using var statement = new NpgsqlCommand(sql, source) { CommandTimeout = StatementSeconds };
            await statement.ExecuteNonQueryAsync();
            return;
        }

        await using var connection = new SqliteConnection($"Data Source={_path}");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandTimeout = StatementSeconds;
        command.CommandText = $"pragma synchronous = {(durable ? "full" : "off")}; pragma busy_timeout = 60000; {sql}";
        await command.ExecuteNonQueryAsync();
    }
}
