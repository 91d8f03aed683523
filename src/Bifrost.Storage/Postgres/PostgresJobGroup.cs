using Bifrost.Jobs.Transactions;
using System.Threading.Channels;
using Bifrost.Jobs.Rules;
using Bifrost.Ledger.Store;
using Npgsql;

namespace Bifrost.Storage.Postgres;

/// <summary>
/// Job commands that came while others were on their way share a transaction: the row of a key's counters lets one transaction in at a
/// time, and alone each command would hold it through a commit. A few workers, started with the store, so that no caller's context is used.
/// </summary>
internal sealed class PostgresJobGroup : IAsyncDisposable
{
    private const int QueueMax = 10_000;
    private const int GroupMax = 64;
    private const int WorkersMax = 3;

    /// <summary>Bytes of bodies after which a group is full.</summary>
    private const int GroupBytesMax = 8 << 20;

    private readonly PostgresDatabase _database;
    private readonly JobOptions _options;
    private readonly Channel<(PostgresJobUnit Unit, int Bytes)> _queue =
        Channel.CreateBounded<(PostgresJobUnit, int)>(new BoundedChannelOptions(QueueMax) { FullMode = BoundedChannelFullMode.Wait });

    private readonly Task[] _workers;

    // Read once; no row of it ever changes.
    private int _partitions;

    public PostgresJobGroup(PostgresDatabase database, JobOptions options)
    {
        (_database, _options) = (database, options);
        _workers = [.. Enumerable.Range(0, WorkersMax).Select(_ => WorkAsync())];
    }

    public async Task<T> RunAsync<T>(PostgresJobLocks locks, Func<JobTransaction, T> command, int bytes, CancellationToken cancel)
    {
        var unit = new PostgresJobUnit<T>(locks, command, cancel);
        if (!_queue.Writer.TryWrite((unit, bytes))) throw new StoreUnavailableException($"The queue of jobs' commands is full ({QueueMax}) or closed.", null);
        return await unit.Task.WaitAsync(cancel);
    }

    public Task<int> FixPartitionsAsync(int partitions, CancellationToken cancellationToken) => _database.RunAsync(
        async (connection, cancel) =>
        {
            await connection.ExecuteAsync(cancel, "insert into job_setting (partitions) values ($1) on conflict do nothing", PostgresBatch.P(partitions));
            await using var command = connection.Command("select partitions from job_setting");
            return (int)(await command.ExecuteScalarAsync(cancel))!;
        },
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_workers);
    }

    private async Task WorkAsync()
    {
        var group = new List<PostgresJobUnit>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            var bytes = 0;
            while (group.Count < GroupMax && bytes < GroupBytesMax && _queue.Reader.TryRead(out var next))
            {
                bytes += next.Bytes;
                if (!next.Unit.IsCancelled) group.Add(next.Unit);
            }

            if (group.Count > 0) await RunGroupAsync(group);
        }
    }

    private async Task RunGroupAsync(List<PostgresJobUnit> group)
    {
        try
        {
            await _database.RunAsync((connection, cancel) => TransactAsync(connection, group, cancel), CancellationToken.None);
        }
        catch (Exception fault) when (group.Count > 1 && fault is not StoreUnavailableException)
        {
            // One of them cannot be done at all: it must not harm the others.
            foreach (var unit in group) await RunGroupAsync([unit]);
            return;
        }
        catch (Exception fault)
        {
            foreach (var unit in group) unit.Fail(fault);
            return;
        }

        foreach (var unit in group) unit.Complete();
    }

    private async Task<bool> TransactAsync(NpgsqlConnection connection, List<PostgresJobUnit> group, CancellationToken cancel)
    {
        if (_partitions == 0) _partitions = await FixPartitionsAsync(_options.Partitions, cancel);
        var locks = PostgresJobLocks.Together(group.Select(unit => unit.Locks));
        PostgresJobRows? rows;
        do rows = await PostgresJobRows.LockAsync(connection, locks, _partitions, cancel);
        while (rows is null);
        var transaction = new JobTransaction(rows, rows.NowMs, _partitions, _options);
        foreach (var unit in group) unit.Execute(transaction);
        await rows.CommitAsync(cancel);
        return true;
    }
}
