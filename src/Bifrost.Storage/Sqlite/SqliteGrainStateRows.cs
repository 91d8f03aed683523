using Bifrost.Storage.GrainState;

namespace Bifrost.Storage.Sqlite;

/// <inheritdoc cref="IGrainStateRows"/>
internal sealed class SqliteGrainStateRows(SqliteDatabase database) : IGrainStateRows
{
    public Task<GrainStateRow?> ReadAsync(string name, string grainKey, CancellationToken cancel) =>
        database.ReadAsync(
            session =>
            {
                var row = session.Prepare("select payload, version from grain_state where name = ? and grain_key = ?").Bind(name).Bind(grainKey);
                return row.Step() ? new GrainStateRow(row.IsNull(0) ? null : row.Bytes(0), row.Long(1)) : null;
            },
            cancel);

    public Task<long?> WriteAsync(string name, string grainKey, byte[]? payload, long? version, CancellationToken cancel) =>
        database.WriteAsync<long?>(
            session =>
            {
                var statement = version is null
                    ? session.Prepare("insert into grain_state (payload, name, grain_key, version) values (?, ?, ?, 1) on conflict do nothing")
                    : session.Prepare("update grain_state set payload = ?, version = version + 1 where name = ? and grain_key = ? and version = ?");
                if (payload is null) statement.BindNull();
                else statement.Bind(payload.AsSpan());
                statement.Bind(name).Bind(grainKey);
                if (version is { } number) statement.Bind(number);
                return statement.Run() == 1 ? (version ?? 0) + 1 : null;
            },
            cancel);
}
