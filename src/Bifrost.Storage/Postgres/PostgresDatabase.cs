using Bifrost.Ledger.Store;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Bifrost.Storage.Postgres;

/// <summary>
/// The connections to one PostgreSQL database. The server may be away at the start: the schema is brought up to date by the first
/// operation that reaches it.
/// </summary>
internal sealed class PostgresDatabase : IAsyncDisposable
{
    private readonly PostgresOptions _options;
    private readonly ILogger _log;
    private readonly NpgsqlDataSource _source;
    private readonly SemaphoreSlim _migrating = new(1, 1);
    private volatile bool _migrated;

    public PostgresDatabase(PostgresOptions options, ILogger log)
    {
        (_options, _log) = (options, log);
        _source = NpgsqlDataSource.Create(Complete(options));
    }

    /// <summary>
    /// Runs one unit of work on a connection, in a transaction of its own making. It is repeated when it was rolled back for others' sake, or
    /// when the connection broke and the outcome is unknown: units are safe to repeat.
    /// </summary>
    /// <exception cref="StoreUnavailableException">No answer in time, or no more tries.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> unit, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_options.OperationTimeout);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // A server that hangs does not even answer the request to cancel: the wait ends here in any case.
                return await TryAsync(unit, limit.Token).WaitAsync(limit.Token);
            }
            catch (Exception fault) when (PostgresFaults.IsRepeatable(fault) && attempt < _options.AttemptsMax && !limit.IsCancellationRequested)
            {
                Log.TransactionRepeated(_log, attempt, _options.AttemptsMax, fault.Message);
            }
            catch (Exception fault) when (!cancel.IsCancellationRequested && PostgresFaults.IsUnavailable(fault))
            {
                throw new StoreUnavailableException($"PostgreSQL did not do its work: {fault.Message}", fault);
            }

            await PauseAsync(attempt, limit.Token, cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _migrating.Dispose();
    }

    private async Task<T> TryAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> unit, CancellationToken cancel)
    {
        if (!_migrated) await MigrateAsync(cancel);
        await using var connection = await _source.OpenConnectionAsync(cancel);
        return await unit(connection, cancel);
    }

    private async Task MigrateAsync(CancellationToken cancel)
    {
        await _migrating.WaitAsync(cancel);
        try
        {
            if (_migrated) return;
            await PostgresMigrator.RunAsync(_source, _options.MigrationTimeout, _log);
            _migrated = true;
        }
        finally
        {
            _migrating.Release();
        }
    }

    private async Task PauseAsync(int attempt, CancellationToken limit, CancellationToken cancel)
    {
        try
        {
            await Task.Delay(_options.RetryDelay * (1 << (attempt - 1)), TimeProvider.System, limit);
        }
        catch (OperationCanceledException late) when (!cancel.IsCancellationRequested)
        {
            throw new StoreUnavailableException("PostgreSQL did not do its work in time.", late);
        }
    }

    private static string Complete(PostgresOptions options)
    {
        // The settings go with the connection's start, so that a reset of the session comes back to them. Every statement of ours looks rows
        // up by key: a plan that was made and kept while the tables were empty must not scan them once they are full.
        // A small table without a fitting index is scanned at a forbidding cost, which must not set off a compilation of the plan.
        var session = "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed -c client_min_messages=warning "
            + "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off "
            + $"-c statement_timeout={(long)options.StatementTimeout.TotalMilliseconds} "
            + $"-c idle_in_transaction_session_timeout={(long)options.IdleTransactionTimeout.TotalMilliseconds}";
        var given = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        return new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            ApplicationName = given.ApplicationName ?? "bifrost",
            MaxPoolSize = options.ConnectionsMax,
            Timeout = Math.Max(1, (int)options.ConnectTimeout.TotalSeconds),
            CommandTimeout = Math.Max(1, (int)options.OperationTimeout.TotalSeconds),
            CancellationTimeout = -1,
            KeepAlive = 0,
            TcpKeepAlive = true,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            Options = string.IsNullOrEmpty(given.Options) ? session : $"{given.Options} {session}",
        }.ConnectionString;
    }
}
