using Bifrost.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bifrost.Storage.Tests.Postgres;

/// <summary>The statements that Orleans' AdoNet providers read from the database, run with the parameters that the providers give them.</summary>
public sealed class SiloStatements(PostgresFixture postgres)
{
    private static readonly (string, object?)[] s_silo =
    [
        ("DeploymentId", "prod"), ("Address", "10.0.0.1"), ("Port", 11111), ("Generation", 7), ("SiloName", "silo"), ("HostName", "host"), ("Status", 3),
        ("ProxyPort", 30000), ("StartTime", DateTime.UnixEpoch), ("IAmAliveTime", DateTime.UnixEpoch),
    ];

    private static readonly (string, object?)[] s_state =
        [("GrainTypeString", "virtual-key"), ("GrainIdExtensionString", "virtual-key/ab"), ("ServiceId", "bifrost"), ("PayloadBinary", new byte[] { 1 })];

    [Fact]
    public async Task A_silo_and_the_tables_version_change_together_or_not_at_all()
    {
        await using var source = await OpenAsync();
        Assert.Equal(true, await RunAsync(source, "InsertMembershipVersionKey", ("DeploymentId", "prod")));
        Assert.Equal(false, await RunAsync(source, "InsertMembershipVersionKey", ("DeploymentId", "prod")));
        Assert.Equal(true, await RunAsync(source, "InsertMembershipKey", [.. s_silo, ("Version", 0)]));
        Assert.Equal(false, await RunAsync(source, "InsertMembershipKey", [.. s_silo, ("Version", 1)]));
        Assert.Equal(false, await RunAsync(source, "UpdateMembershipKey", [.. s_silo, ("SuspectTimes", "x"), ("Version", 0)]));
        Assert.Equal(1L, await ScalarAsync(source, "select count(*) from membership_version where version = 1"));
        Assert.Equal(0L, await ScalarAsync(source, "select count(*) from membership where suspect_times is not null"));
        Assert.Equal(true, await RunAsync(source, "UpdateMembershipKey", [.. s_silo, ("SuspectTimes", null), ("Version", 1)]));
        Assert.Equal("10.0.0.1", await RunAsync(source, "GatewaysQueryKey", ("DeploymentId", "prod"), ("Status", 3)));
        Assert.Equal("10.0.0.1", await RunAsync(source, "MembershipReadAllKey", ("DeploymentId", "prod")));
    }

    [Fact]
    public async Task Of_two_that_change_one_version_at_once_one_is_told_no()
    {
        await using var source = await OpenAsync();
        await RunAsync(source, "InsertMembershipVersionKey", ("DeploymentId", "prod"));
        var told = await Task.WhenAll(Enumerable.Range(0, 8).Select(port =>
            RunAsync(source, "InsertMembershipKey", [.. s_silo.Where(given => given.Item1 != "Port"), ("Port", port), ("Version", 0)])));
        Assert.Single(told, answer => (bool)answer!);
        Assert.Equal(1L, await ScalarAsync(source, "select count(*) from membership"));
    }

    [Fact]
    public async Task Rows_of_the_dead_are_cleared_up_and_of_the_living_never()
    {
        await using var source = await OpenAsync();
        await RunAsync(source, "InsertMembershipVersionKey", ("DeploymentId", "prod"));
        await RunAsync(source, "InsertMembershipKey", [.. s_silo, ("Version", 0)]);
        await RunAsync(source, "CleanupDefunctSiloEntriesKey", ("DeploymentId", "prod"), ("IAmAliveTime", TimeProvider.System.GetUtcNow().UtcDateTime));
        Assert.Equal(1L, await ScalarAsync(source, "select count(*) from membership"));
        await RunAsync(
            source, "UpdateMembershipKey", [.. s_silo.Where(given => given.Item1 != "Status"), ("Status", 6), ("SuspectTimes", null), ("Version", 1)]);
        await RunAsync(source, "CleanupDefunctSiloEntriesKey", ("DeploymentId", "prod"), ("IAmAliveTime", DateTime.UnixEpoch));
        Assert.Equal(1L, await ScalarAsync(source, "select count(*) from membership"));
        await RunAsync(source, "CleanupDefunctSiloEntriesKey", ("DeploymentId", "prod"), ("IAmAliveTime", TimeProvider.System.GetUtcNow().UtcDateTime));
        Assert.Equal(0L, await ScalarAsync(source, "select count(*) from membership"));
    }

    [Fact]
    public async Task Of_two_first_writes_of_a_state_one_is_turned_away()
    {
        await using var source = await OpenAsync();
        var written = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RunAsync(source, "WriteToStorageKey", [.. s_state, ("GrainStateVersion", null)])));
        Assert.Equal(1, Assert.Single(written, version => version is not null));
        Assert.Equal(2, await RunAsync(source, "WriteToStorageKey", [.. s_state, ("GrainStateVersion", 1)]));
        Assert.Null(await RunAsync(source, "WriteToStorageKey", [.. s_state, ("GrainStateVersion", 1)]));
        Assert.Equal(new byte[] { 1 }, await RunAsync(source, "ReadFromStorageKey", s_state));
        Assert.Equal(3, await RunAsync(source, "ClearStorageKey", [.. s_state, ("GrainStateVersion", 2)]));
        Assert.Equal(DBNull.Value, await RunAsync(source, "ReadFromStorageKey", s_state));
        Assert.Null(await RunAsync(source, "ClearStorageKey", [.. s_state, ("GrainStateVersion", 2)]));
    }

    [Fact]
    public async Task The_schema_of_the_search_path_is_made_and_used()
    {
        var connection = await postgres.Server.CreateDatabaseAsync();
        await using (var store = Open(connection + ";Search Path=own")) await store.PrepareAsync(default);
        await using var source = NpgsqlDataSource.Create(connection);
        Assert.Equal(0L, await ScalarAsync(source, "select count(*) from information_schema.tables where table_schema = 'public'"));
        Assert.True((long)(await ScalarAsync(source, "select count(*) from own.orleansquery"))! > 0);
        await using (var again = Open(connection + ";Search Path=own")) await again.PrepareAsync(default);
    }

    private async Task<NpgsqlDataSource> OpenAsync()
    {
        var connection = await postgres.Server.CreateDatabaseAsync();
        await using (var store = Open(connection)) await store.PrepareAsync(default);
        return NpgsqlDataSource.Create(connection);
    }

    private static Store Open(string connection) =>
        Store.OpenPostgres(new PostgresOptions { ConnectionString = connection }, TimeProvider.System, NullLoggerFactory.Instance);

    private static async Task<object?> RunAsync(NpgsqlDataSource source, string query, params (string Name, object? Value)[] parameters)
    {
        var text = (string)(await ScalarAsync(source, $"select querytext from orleansquery where querykey = '{query}'"))!;
        await using var command = source.CreateCommand(text);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<object?> ScalarAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
