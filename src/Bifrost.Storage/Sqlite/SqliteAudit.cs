using Bifrost.Catalog.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Catalog;

namespace Bifrost.Storage.Sqlite;

/// <summary>The rows of <c>audit</c>.</summary>
internal static class SqliteAudit
{
    public static void Insert(SqliteSession session, AuditEntry entry) =>
        session.Prepare(
                "insert into audit (id, at_ms, actor, action, target_kind, target_id, detail) values (?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing")
            .Bind(entry.Id).Bind(entry.At.ToUnixTimeMilliseconds()).Bind(StorableText.Of(entry.Actor)).Bind(StorableText.Of(entry.Action))
            .Bind(entry.Target.Kind).Bind(entry.Target.Id).Bind(StorableText.Of(entry.Detail)).Run();

    public static ImmutableArray<AuditEntry> Read(SqliteSession session, Guid? before, int countMax)
    {
        var found = ImmutableArray.CreateBuilder<AuditEntry>();
        var rows = session.Prepare("select id, at_ms, actor, action, target_kind, target_id, detail from audit where id < ? order by id desc limit ?")
            .Bind(before ?? Guid.AllBitsSet).Bind(PageRule.Count(countMax));
        while (rows.Step())
        {
            found.Add(new AuditEntry
            {
                Id = rows.Id(0),
                At = DateTimeOffset.FromUnixTimeMilliseconds(rows.Long(1)),
                Actor = rows.Text(2),
                Action = rows.Text(3),
                Target = new CatalogKey(rows.Text(4), rows.Text(5)),
                Detail = rows.Text(6),
            });
        }

        return found.DrainToImmutable();
    }
}
