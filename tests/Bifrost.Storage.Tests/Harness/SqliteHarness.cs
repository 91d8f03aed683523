using Bifrost.Jobs.Rules;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Ledger;
using Bifrost.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bifrost.Storage.Tests.Harness;

internal sealed class SqliteHarness : StoreHarness
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("bifrost-sqlite-");
    private readonly FakeTimeProvider _time = new(Start);

    private readonly JobOptions? _jobs;

    public SqliteHarness(JobOptions? jobs = null)
    {
        _jobs = jobs;
        Store = Open();
    }

    public string File => Path.Combine(_directory.FullName, "bifrost.db");

    /// <summary>Closes the store and opens its file again, as a restart does.</summary>
    public override async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = Open();
    }

    public Store Open() => Store.OpenSqlite(new SqliteOptions { Path = File }, _time, NullLoggerFactory.Instance, _jobs);

    public override Task ExecuteAsync(string sql)
    {
        using var session = new SqliteSession(File, readOnly: false);
        session.Script(sql);
        return Task.CompletedTask;
    }

    public override Task<long> CountAsync(string sql)
    {
        using var session = new SqliteSession(File, readOnly: true);
        var row = session.Prepare(sql);
        row.Step();
        return Task.FromResult(row.Long(0));
    }

    public override async Task<string> RowsAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={File};Mode=ReadOnly;Pooling=false");
        await connection.OpenAsync();
        await using var query = connection.CreateCommand();
        query.CommandText = sql;
        return await TextOfAsync(query);
    }

    public override Task<LedgerState> ReadStateAsync()
    {
        using var session = new SqliteSession(File, readOnly: true);
        var rows = new SqliteLedgerRows(session);
        var budgets = ImmutableArray.CreateBuilder<BudgetNumbers>();
        var ids = session.Prepare("select id from budget");
        while (ids.Step()) budgets.Add(rows.Budget(ids.Text(0))!.ToNumbers());
        var leases = ImmutableArray.CreateBuilder<CreditLease>();
        var lease = session.Prepare($"select {LedgerSql.LeaseColumns} from credit_lease");
        while (lease.Step()) leases.Add(LedgerSql.ReadLease(lease).ToView());
        var entries = ImmutableArray.CreateBuilder<PostedEntry>();
        var entry = session.Prepare("select attempt_id, lease_id, cost_nanos from ledger_entry");
        while (entry.Step()) entries.Add(new PostedEntry(entry.Id(0), entry.IdOrNull(1), entry.Long(2)));
        return Task.FromResult(new LedgerState { Budgets = budgets.ToImmutable(), Leases = leases.ToImmutable(), Entries = entries.ToImmutable() });
    }

    public override async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    protected override Task MoveClockAsync(TimeSpan by)
    {
        if (by >= TimeSpan.Zero) _time.Advance(by);
        else _time.AdjustTime(_time.GetUtcNow() + by);
        return Task.CompletedTask;
    }
}
