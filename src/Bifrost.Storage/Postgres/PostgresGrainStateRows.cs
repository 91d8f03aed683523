using Bifrost.Storage.GrainState;
using static Bifrost.Storage.Postgres.PostgresBatch;

namespace Bifrost.Storage.Postgres;

/// <inheritdoc cref="IGrainStateRows"/>
internal sealed class PostgresGrainStateRows(PostgresDatabase database) : IGrainStateRows
{
    public Task<GrainStateRow?> ReadAsync(string name, string grainKey, CancellationToken cancel) =>
        database.RunAsync(
            async (connection, token) =>
            {
                var rows = await connection.QueryAsync(
                    token,
                    row => new GrainStateRow(row.IsDBNull(0) ? null : row.GetFieldValue<byte[]>(0), row.GetInt64(1)),
                    "select payload, version from grain_state where name = $1 and grain_key = $2",
                    P(name), P(grainKey));
                return rows.IsEmpty ? null : rows[0];
            },
            cancel);

    public Task<long?> WriteAsync(string name, string grainKey, byte[]? payload, long? version, CancellationToken cancel) =>
        database.RunAsync<long?>(
            async (connection, token) =>
            {
                var written = version is { } number
                    ? await connection.ExecuteAsync(
                        token,
                        "update grain_state set payload = $1, version = version + 1 where name = $2 and grain_key = $3 and version = $4",
                        Bytes(payload), P(name), P(grainKey), P(number))
                    : await connection.ExecuteAsync(
                        token,
                        "insert into grain_state (payload, name, grain_key, version) values ($1, $2, $3, 1) on conflict do nothing",
                        Bytes(payload), P(name), P(grainKey));
                return written == 1 ? (version ?? 0) + 1 : null;
            },
            cancel);
}
