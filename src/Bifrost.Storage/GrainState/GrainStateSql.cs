namespace Bifrost.Storage.GrainState;

/// <summary>The rows of <c>grain_state</c>, as both databases write and read them.</summary>
internal static class GrainStateSql
{
    public const string Select = "select payload, version from grain_state where name = $1 and grain_key = $2";

    public const string Insert = "insert into grain_state (payload, name, grain_key, version) values ($1, $2, $3, 1) on conflict do nothing";

    public const string Update = "update grain_state set payload = $1, version = version + 1 where name = $2 and grain_key = $3 and version = $4";

    public static GrainStateRow Read(IRow row) => new(row.BytesOrNull(0), row.Long(1));
}
