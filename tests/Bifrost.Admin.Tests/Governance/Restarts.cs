namespace Bifrost.Admin.Tests.Governance;

/// <summary>What the configuration file says against what the store has, and a store that comes later.</summary>
public sealed class Restarts(PostgresFixture postgres)
{
    private const string Kept = "sk-bf-kept-0123456789";
    private const string Gone = "sk-bf-gone-0123456789";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_is_read_again_touches_no_usage_and_brings_nothing_deleted_back(bool onPostgres)
    {
        var options = new AdminServerOptions
        {
            DataFolder = Directory.CreateTempSubdirectory("bifrost-admin-").FullName,
            Postgres = onPostgres ? await postgres.Server.CreateDatabaseAsync() : null,
            Governance = File(limit: 5, description: "from the file"),
        };
        await using (var server = await AdminServer.StartAsync(options))
        {
            Assert.Equal((200, 200), (await server.CallAsync(Kept), await server.CallAsync(Gone)));
            Assert.Equal(200, (await server.DeleteAsync("/api/governance/virtual-keys/gone")).Status);
            Assert.Equal(200, (await server.PutAsync("/api/governance/virtual-keys/kept", """{"description":"by an admin"}""")).Status);
        }

        decimal used;
        await using (var server = await AdminServer.StartAsync(options))
        {
            var key = await server.KeyAsync("kept");
            used = key.GetProperty("budgets")[0].GetProperty("current_usage").GetDecimal();
            Assert.True(used > 0);
            Assert.Equal("by an admin", key.GetProperty("description").GetString());
            (await server.GetAsync("/api/governance/virtual-keys/gone")).IsError(404, "not_found");
            Assert.Equal(403, await server.CallAsync(Gone));
        }

        // A changed object of the file wins, and still touches no counter.
        await using (var server = await AdminServer.StartAsync(options with { Governance = File(limit: 7, description: "from the file") }))
        {
            var key = await server.KeyAsync("kept");
            var budget = key.GetProperty("budgets")[0];
            Assert.Equal((7m, used), (budget.GetProperty("max_limit").GetDecimal(), budget.GetProperty("current_usage").GetDecimal()));
            Assert.Equal("from the file", key.GetProperty("description").GetString());
            (await server.GetAsync("/api/governance/virtual-keys/gone")).IsError(404, "not_found");
        }
    }

    [Fact]
    public async Task A_store_that_is_away_at_the_start_lets_nobody_in_until_it_comes()
    {
        _ = postgres.Server;
        await using var own = await PostgresServer.StartAsync(PostgresServer.FindBinaries()!);
        var connection = await own.CreateDatabaseAsync();
        await own.StopAsync();
        await using var server = await AdminServer.StartAsync(
            new AdminServerOptions { Postgres = connection, Governance = File(limit: 5, description: "d"), StoreMayBeAway = true });
        (await server.GetAsync("/health/ready")).IsError(503, "ledger_unavailable");
        Assert.Equal(200, (await server.GetAsync("/health")).Status);
        Assert.Equal(503, await server.CallAsync(Kept));
        (await server.PostAsync("/api/governance/teams", """{"name":"t"}""")).IsError(503, "ledger_unavailable");
        (await server.GetAsync("/api/audit")).IsError(503, "ledger_unavailable");
        var away = await MetricsAsync();
        Assert.Equal((0.0, 0.0, 0), (away.Value("bifrost_store_reachable"), away.Value("bifrost_ledger_admits"), away.SeriesOf("bifrost_jobs_pending").Count));

        await own.StartAsync();
        server.StoreMayBeAway = false;
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
        Assert.Equal(200, await server.CallAsync(Kept));
        Assert.Equal(200, (await server.PostAsync("/api/governance/teams", """{"name":"t"}""")).Status);
        var back = await MetricsAsync();
        Assert.Equal((1.0, 1.0), (back.Value("bifrost_store_reachable"), back.Value("bifrost_ledger_admits")));

        async Task<PrometheusPage> MetricsAsync() => PrometheusPage.Read((await server.GetAsync("/metrics")).Body);
    }

    [Fact]
    public async Task A_change_fails_when_the_store_is_gone_and_is_not_half_done()
    {
        _ = postgres.Server;
        await using var own = await PostgresServer.StartAsync(PostgresServer.FindBinaries()!);
        await using var server = await AdminServer.StartAsync(new AdminServerOptions { Postgres = await own.CreateDatabaseAsync() });
        var team = (await server.MakeAsync("/api/governance/teams", "team", """{"name":"before"}""")).GetProperty("id").GetString();
        await own.StopAsync();
        server.StoreMayBeAway = true;
        (await server.PutAsync($"/api/governance/teams/{team}", """{"name":"after"}""")).IsError(503, "ledger_unavailable");
        await own.StartAsync();
        server.StoreMayBeAway = false;
        Assert.Equal(200, (await server.GetAsync("/health/ready")).Status);
        Assert.Equal("before", (await server.GetAsync($"/api/governance/teams/{team}")).Json.GetProperty("team").GetProperty("name").GetString());
        Assert.Equal(200, (await server.PutAsync($"/api/governance/teams/{team}", """{"name":"after"}""")).Status);
    }

    private static string File(int limit, string description) => $$"""
        { "virtual_keys": [
            { "id": "kept", "value": "{{Kept}}", "description": "{{description}}", "allow_all_providers": true, "budgets": [{ "max_limit": {{limit}}, "reset_duration": "1Y" }] },
            { "id": "gone", "value": "{{Gone}}", "allow_all_providers": true }
        ] }
        """;
}
