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
                var rows = await connection.QueryAsync(token, GrainStateSql.Read, GrainStateSql.Select, P(name), P(grainKey));
                return rows.IsEmpty ? null : rows[0];
            },
            cancel);

    public Task<long?> WriteAsync(string name, string grainKey, byte[]? payload, long? version, CancellationToken cancel) =>
        database.RunAsync<long?>(
            async (connection, token) =>
            {
                var written = version is { } number
                    ? await connection.ExecuteAsync(token, GrainStateSql.Update, Bytes(payload), P(name), P(grainKey), P(number))
                    : await connection.ExecuteAsync(token, GrainStateSql.Insert, Bytes(payload), P(name), P(grainKey));
                return written == 1 ? (version ?? 0) + 1 : null;
            },
            cancel);
}
