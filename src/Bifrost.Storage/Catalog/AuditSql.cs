using Bifrost.Catalog.Store;

namespace Bifrost.Storage.Catalog;

/// <summary>The rows of <c>audit</c>, as both databases write and read them.</summary>
internal static class AuditSql
{
    public const string Insert =
        "insert into audit (id, at_ms, actor, action, target_kind, target_id, detail) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing";

    /// <summary>A page of entries: those before $1, $2 of them, the newest first.</summary>
    public const string Page = "select id, at_ms, actor, action, target_kind, target_id, detail from audit where id < $1 order by id desc limit $2";

    public static AuditEntry Read(IRow row) => new()
    {
        Id = row.Id(0),
        At = row.Time(1),
        Actor = row.Text(2),
        Action = row.Text(3),
        Target = new CatalogKey(row.Text(4), row.Text(5)),
        Detail = row.Text(6),
    };
}
