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
        while (depths.Step()) backlog.Add(depths.Int(0), depths.Long(1), depths.Long(2), depths.Long(3), depths.Long(4), depths.Long(5));
        var ages = session.Prepare(BacklogBuilder.AgeSql + "?" + BacklogBuilder.AgeSqlEnd).Bind(ageKeysMax);
        while (ages.Step()) backlog.AddAge(ages.Int(0), ages.LongOrNull(1));
        var oldest = session.Prepare(BacklogBuilder.OldestSql);
        while (oldest.Step()) backlog.AddAge(oldest.Int(0), oldest.LongOrNull(1));
        return backlog.Build();
    }
}
