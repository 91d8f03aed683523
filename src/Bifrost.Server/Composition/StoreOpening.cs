using Bifrost.Jobs.Rules;
using Bifrost.Server.Configuration;
using Bifrost.Storage;
using Bifrost.Storage.Postgres;
using Bifrost.Storage.Sqlite;

namespace Bifrost.Server.Composition;

/// <summary>Opens the store that the configuration names.</summary>
internal static class StoreOpening
{
    public static Store Open(StoreSettings settings, JobOptions jobs, TimeProvider time, ILoggerFactory logs) => settings.Kind switch
    {
        StoreKind.Postgres => Store.OpenPostgres(new PostgresOptions { ConnectionString = settings.ConnectionString }, time, logs, jobs),
        _ => Store.OpenSqlite(new SqliteOptions { Path = settings.Path }, time, logs, jobs),
    };
}
