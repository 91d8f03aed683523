using Bifrost.Catalog.Store;
using Bifrost.Ledger.Store;
using Bifrost.Storage.Catalog;

namespace Bifrost.Storage.Sqlite;

/// <summary>The rows of <c>audit</c>.</summary>
internal static class SqliteAudit
{
    public static void Insert(SqliteSession session, AuditEntry entry) =>
        session.Prepare(AuditSql.Insert)
            .Bind(entry.Id).Bind(entry.At.ToUnixTimeMilliseconds()).Bind(StorableText.Of(entry.Actor)).Bind(StorableText.Of(entry.Action))
            .Bind(entry.Target.Kind).Bind(entry.Target.Id).Bind(StorableText.Of(entry.Detail)).Run();

    public static ImmutableArray<AuditEntry> Read(SqliteSession session, Guid? before, int countMax) =>
        session.Prepare(AuditSql.Page).Bind(before ?? Guid.AllBitsSet).Bind(PageRule.Count(countMax)).ReadAll(AuditSql.Read);
}
