using Bifrost.Jobs.Rules;
using Bifrost.Storage.Ledger;
using Bifrost.Storage.Postgres;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bifrost.Storage.Tests.Harness;

internal sealed class PostgresHarness : StoreHarness
{
    private readonly NpgsqlDataSource _beside;
    private readonly PostgresOptions _options;

    private readonly JobOptions? _jobs;

    private PostgresHarness(PostgresOptions options, JobOptions? jobs)
    {
        (_options, _jobs) = (options, jobs);
        _beside = NpgsqlDataSource.Create(options.ConnectionString);
        Store = Open();
    }

    /// <param name="fakeClock">False: the server's own clock.</param>
    public static async Task<PostgresHarness> StartAsync(PostgresServer server, bool fakeClock = true, JobOptions? jobs = null)
    {
        var harness = new PostgresHarness(Unhurried(await server.CreateDatabaseAsync()), jobs);
        await harness.Store.Catalog.LoadAsync(0, CancellationToken.None);
        if (!fakeClock) return harness;
        await harness.ExecuteAsync($"create table test_clock as select {Start.ToUnixTimeMilliseconds()}::bigint as now_ms");
        await harness.ExecuteAsync("create or replace function bifrost_now_ms() returns bigint language sql volatile as $$ select now_ms from test_clock $$");
        return harness;
    }

    /// <summary>Options under which a loaded machine meets no time limit.</summary>
    public static PostgresOptions Unhurried(string connectionString) => new()
    {
        ConnectionString = connectionString, StatementTimeout = Eventually.Limit, OperationTimeout = Eventually.Limit, ConnectTimeout = Eventually.Limit,
    };

    /// <summary>Another process's view of the same database.</summary>
    public Store Open(Func<PostgresOptions, PostgresOptions>? options = null) =>
        Store.OpenPostgres(options?.Invoke(_options) ?? _options, TimeProvider.System, NullLoggerFactory.Instance, _jobs);

    public override async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = Open();
    }

    public override Task<long> CountAsync(string sql) => ScalarAsync<long>($"select ({sql})::bigint");

    public override async Task ExecuteAsync(string sql)
    {
        await using var command = _beside.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public override async Task<string> RowsAsync(string sql)
    {
        await using var query = _beside.CreateCommand(sql);
        return await TextOfAsync(query);
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = _beside.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task<NpgsqlConnection> ConnectAsync() => _beside.OpenConnectionAsync().AsTask();

    public override async Task<LedgerState> ReadStateAsync()
    {
        await using var connection = await _beside.OpenConnectionAsync();
        return new LedgerState
        {
            Budgets = await connection.QueryAsync(
                default, row => LedgerSql.ReadBudget(row).ToNumbers(), $"select {LedgerSql.BudgetColumns} from budget"),
            Leases = await connection.QueryAsync(
                default, row => LedgerSql.ReadLease(row).ToView(), $"select {LedgerSql.LeaseColumns} from credit_lease"),
            Entries = await connection.QueryAsync(
                default, row => new PostedEntry(row.Id(0), row.IdOrNull(1), row.Long(2)), "select attempt_id, lease_id, cost_nanos from ledger_entry"),
        };
    }

    public override async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await _beside.DisposeAsync();
    }

    protected override Task MoveClockAsync(TimeSpan by) => ExecuteAsync($"update test_clock set now_ms = now_ms + {(long)by.TotalMilliseconds}");
}
