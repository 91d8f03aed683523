using Bifrost.Storage.GrainState;

namespace Bifrost.Storage.Sqlite;

/// <inheritdoc cref="IGrainStateRows"/>
internal sealed class SqliteGrainStateRows(SqliteDatabase database) : IGrainStateRows
{
    public Task<GrainStateRow?> ReadAsync(string name, string grainKey, CancellationToken cancel) =>
        database.ReadAsync(
            session => session.Prepare(GrainStateSql.Select).Bind(name).Bind(grainKey).ReadFirst(GrainStateSql.Read), cancel);

    public Task<long?> WriteAsync(string name, string grainKey, byte[]? payload, long? version, CancellationToken cancel) =>
        database.WriteAsync<long?>(
            session =>
            {
                var statement = session.Prepare(version is null ? GrainStateSql.Insert : GrainStateSql.Update).Bind(payload).Bind(name).Bind(grainKey);
                if (version is { } number) statement.Bind(number);
                return statement.Run() == 1 ? (version ?? 0) + 1 : null;
            },
            cancel);
}
