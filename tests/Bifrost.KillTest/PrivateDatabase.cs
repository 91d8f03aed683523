using Npgsql;

namespace Bifrost.KillTest;

/// <summary>A database of this run's own, dropped at its end.</summary>
internal sealed class PrivateDatabase : IAsyncDisposable
{
    private readonly string _server;
    private readonly string _name;

    private PrivateDatabase(string server, string name) => (_server, _name) = (server, name);

    public string ConnectionString => new NpgsqlConnectionStringBuilder(_server) { Database = _name }.ToString();

    public static async Task<PrivateDatabase> MakeAsync(string server)
    {
        var database = new PrivateDatabase(server, $"bifrost_kill_{Environment.ProcessId}");
        await database.RunAsync($"drop database if exists {database._name} with (force)");
        await database.RunAsync($"create database {database._name}");
        return database;
    }

    public async ValueTask DisposeAsync() => await RunAsync($"drop database if exists {_name} with (force)");

    private async Task RunAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
