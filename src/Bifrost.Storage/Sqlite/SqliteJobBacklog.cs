using Bifrost.Jobs.Store;
using Bifrost.Storage.Jobs;

namespace Bifrost.Storage.Sqlite;

/// <summary>How much waits in all partitions: the counters of the keys, and two seeks for the age of each queue.</summary>
internal static class SqliteJobBacklog
{
    public static JobBacklog Read(SqliteSession session, int ageKeysMax, long nowMs)
    {
        var backlog = new BacklogBuilder(ageKeysMax, nowMs);
        var depths = session.Prepare(BacklogBuilder.DepthSql);
        while (depths.Step()) backlog.AddDepth(depths);
        var ages = session.Prepare(BacklogBuilder.AgeSql).Bind(ageKeysMax);
        while (ages.Step()) backlog.AddAge(ages);
        var oldest = session.Prepare(BacklogBuilder.OldestSql);
        while (oldest.Step()) backlog.AddAge(oldest);
        return backlog.Build();
    }
}
