using Bifrost.Catalog.Store;
using Microsoft.Data.Sqlite;

namespace Bifrost.Storage.Sqlite;

/// <summary>Compares a database with an older copy of it, row by row.</summary>
internal static class CopyComparison
{
    private const string New = "from main.ledger_entry e where not exists (select 1 from copy.ledger_entry c where c.attempt_id = e.attempt_id)";

    /// <summary>What stands in either of both, by kind and id; a deleted object is there without being there.</summary>
    private const string Objects =
        "from (select kind, id from main.catalog_object union select kind, id from copy.catalog_object) k " +
        "left join main.catalog_object m on m.kind = k.kind and m.id = k.id and not m.deleted " +
        "left join copy.catalog_object c on c.kind = k.kind and c.id = k.id and not c.deleted ";

    private const string SecretTaken =
        "m.active and exists (select 1 from json_each(cast(c.json as text), '$.secrets') old where old.value ->> '$.hash' not in " +
        "(select now.value ->> '$.hash' from json_each(cast(m.json as text), '$.secrets') now))";

    private const string Differs = "(m.id is null) <> (c.id is null) or m.json <> c.json or m.active <> c.active";

    private const string NewestMs =
        "select max(at) from (select max(at_ms) as at from copy.ledger_entry union all select max(at_ms) from copy.audit " +
        "union all select max(created_at_ms) from copy.job)";

    public static RestoreReport Of(string database, string copy)
    {
        try
        {
            using var session = new SqliteSession(database, readOnly: true);
            using (var attach = session.PrepareOnce("attach ? as copy")) attach.Bind(copy).Run();
            var newest = session.Prepare(NewestMs);
            return new RestoreReport
            {
                IsComparable = true,
                Newest = newest.Step() && !newest.IsNull(0) ? DateTimeOffset.FromUnixTimeMilliseconds(newest.Long(0)) : null,
                Entries = session.Number($"select count(*) {New}"),
                CostNanos = session.Number($"select coalesce(sum(cost_nanos), 0) {New}"),
                KeysMade = Ids(session, CatalogKinds.VirtualKey, "c.id is null"),
                KeysRevoked = Ids(session, CatalogKinds.VirtualKey, "c.active and (m.id is null or not m.active)"),
                KeysRotated = Ids(session, CatalogKinds.VirtualKey, $"c.active and {SecretTaken}"),
                TokensRevoked = Ids(session, CatalogKinds.AdminToken, "m.id is null"),
                ObjectsChanged = session.Number($"select count(*) {Objects} where {Differs}"),
                JobsLost = session.Number("select count(*) from main.job j where not exists (select 1 from copy.job c where c.id = j.id)"),
                JobsRunAgain = session.Number(
                    "select count(*) from copy.job c left join main.job j on j.id = c.id where c.status < 2 and coalesce(j.status, 2) >= 2"),
            };
        }
        catch (SqliteException)
        {
            return new RestoreReport { IsComparable = false };
        }
    }

    private static ImmutableArray<string> Ids(SqliteSession session, string kind, string where)
    {
        using var rows = session.PrepareOnce($"select k.id {Objects} where k.kind = ? and (c.id is not null or m.id is not null) and ({where}) order by k.id");
        return rows.Bind(kind).ReadAll(row => row.Text(0));
    }
}
